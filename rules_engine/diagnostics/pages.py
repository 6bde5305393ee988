"""The pages of the codes, docs/codes/RE201.md and so on, written from the catalogue.

`python -m rules_engine.diagnostics.pages` writes them; with `--check` it says which are out of date and writes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rules_engine.diagnostics.catalogue import STAGES, Entry
from rules_engine.diagnostics.codes import CODES


def page(code: str, entry: Entry) -> str:
    """The page of one code."""
    stage = STAGES[code[2]]
    return f"""# {code}: {entry.title}

{str(entry.severity).capitalize()} · {stage}

{entry.what} {entry.why}

**How to fix it.** {entry.fix}

Wrong:

{_block(entry.wrong)}

Right:

{_block(entry.right)}
"""


def index() -> str:
    """The list of all codes by stage."""
    lines = ["# Codes of findings", "", "`rules explain-code RE201` shows a page in the terminal.", ""]
    for digit, stage in STAGES.items():
        codes = sorted(code for code in CODES if code[2] == digit)
        if codes:
            lines += [f"## {stage}", ""]
            lines += [f"- [{code}]({code}.md) {CODES[code].title}" for code in codes]
            lines.append("")
    return "\n".join(lines)


def pages() -> dict[str, str]:
    """All files of the folder by name."""
    return {f"{code}.md": page(code, CODES[code]) for code in CODES} | {"README.md": index()}


def write(folder: Path, *, only_check: bool = False) -> list[str]:
    """Writes what is out of date and deletes what is no longer a code; gives the names of these files."""
    wanted = pages()
    folder.mkdir(parents=True, exist_ok=True)
    stale = [name for name, text in wanted.items() if not _holds(folder / name, text)]
    gone = [file.name for file in folder.glob("RE*.md") if file.name not in wanted]
    if not only_check:
        for name in stale:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        for name in gone:
            (folder / name).unlink()
    return sorted(stale + gone)


def _holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


def _block(example: str) -> str:
    return "\n".join(f"    {line}" for line in example.splitlines())


def main() -> int:
    """Writes or checks docs/codes of the source tree this module stands in."""
    folder = Path(__file__).resolve().parents[2] / "docs" / "codes"
    only_check = "--check" in sys.argv[1:]
    changed = write(folder, only_check=only_check)
    for name in changed:
        sys.stdout.write(f"{'out of date' if only_check else 'written'}: docs/codes/{name}\n")
    return 1 if only_check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
