"""Plugins for tests: objects with hooks, made from what each hook returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace

from rules_engine import Engine
from rules_engine.hooks import Functions, hookimpl

HEAD = "schema: 1\nmodel: m\nversion: 1\nfields: {lead: {name: string, born: date, size: number}}\nevents: {demo: {}}\n"
MODEL = HEAD + "scores: {s: {rules: {a: {event: demo, points: 5}}, bands: {cold: any, hot: 5}}}\n"


def plugin(name: str = "house", version: str = "1.0", **hooks: object) -> object:
    """`plugin(laws=[...])` has the hook `rules_laws`; a callable is the hook itself, an exception is raised by it."""
    made: dict[str, object] = {"plugin_name": name, "__version__": version, "__name__": name}
    for hook, given in hooks.items():
        made[f"rules_{hook}"] = hookimpl(_answering(given))
    return SimpleNamespace(**made)


def _answering(given: object) -> Callable[[], object]:
    def hook() -> object:
        if isinstance(given, Exception):
            raise given
        return given

    return hook


def functions(*declared: tuple[str, Callable[..., object]], **more: object) -> Functions:
    """`functions(("double(n: number) -> number", lambda n: 2 * n))`"""
    made = Functions()
    for signature, code in declared:
        made.function(signature, doc="For a test.", **more)(code)  # type: ignore[arg-type]
    return made


def engine(folder: Path, plugins: Iterable[object], text: str = MODEL) -> Engine:
    """An engine with just these plugins."""
    path = folder / "v1.yaml"
    path.write_text(text, encoding="utf-8")
    return Engine.load(path, plugins=list(plugins), discover=False)


def with_rule(when: str) -> str:
    """A model with one standing rule of 5 points."""
    return HEAD + f"scores:\n  s:\n    rules:\n      a: {{when: '{when}', points: 5}}\n"


def packaged(folder: Path, name: str, code: str, version: str = "1.0") -> Path:
    """A folder to import from that holds an installed package `<name>_package` with an entry point."""
    place = folder / name
    info = place / f"{name}_package-{version}.dist-info"
    info.mkdir(parents=True)
    (place / f"{name}_package.py").write_text(code, encoding="utf-8")
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}-package\nVersion: {version}\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(f"[rules_engine]\n{name} = {name}_package\n", encoding="utf-8")
    return place
