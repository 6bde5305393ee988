"""The editor set-up of docs/check.md: the first line of a model, and what yaml-language-server makes of it.

Wants node and `npm ci --prefix tests/editor`; skipped without. VS Code, Neovim, Emacs and others run this same server.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rules_engine.analysis import editor_schema
from rules_engine.feel.functions import all_functions

HERE = Path(__file__).parent
SERVER = HERE / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
REPOSITORY = HERE.parents[1]
FIRST_LINE = "# yaml-language-server: $schema=model.schema.json\n"
MODEL = FIRST_LINE + (
    "schema: 1\n"
    "model: small\n"
    "version: 1\n"
    "events:\n"
    "  demo_request: {}\n"
    "scores:\n"
    "  readiness:\n"
    "    rules:\n"
    "      demo: {event: demo_request, points: 50}\n"
)

pytestmark = pytest.mark.long


class Server:
    """Talks to the language server over its standard input and output."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            ["node", str(SERVER), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder
        )
        self.asked = 0
        self.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        self.tell("initialized", {})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method: str, parameters: dict[str, Any]) -> None:
        self.send({"method": method, "params": parameters})

    def messages(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        while True:
            length = 0
            while line := self.process.stdout.readline().strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            if not length:
                return
            message = json.loads(self.process.stdout.read(length))
            if "id" in message and "method" in message:  # the server asks for settings: it has the defaults
                self.send({"id": message["id"], "result": None})
            yield message

    def ask(self, method: str, parameters: dict[str, Any]) -> Any:
        self.asked += 1
        self.send({"id": self.asked, "method": method, "params": parameters})
        return next(m["result"] for m in self.messages() if m.get("id") == self.asked and "method" not in m)

    def open(self, name: str, text: str) -> list[dict[str, Any]]:
        """Opens a file in the editor; what it marks."""
        uri = (self.folder / name).as_uri()
        self.tell(
            "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}
        )
        marks: list[dict[str, Any]] = next(
            m["params"]["diagnostics"]
            for m in self.messages()
            if m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == uri
        )
        return marks

    def stop(self) -> None:
        self.ask("shutdown", {})
        self.tell("exit", {})
        self.process.wait(20)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not SERVER.exists():
        pytest.skip("yaml-language-server is not installed: npm ci --prefix tests/editor")
    with_functions = json.loads((REPOSITORY / "grammar" / "model.schema.json").read_text(encoding="utf-8"))
    text = json.dumps(editor_schema.with_functions(with_functions, all_functions()))
    (tmp_path / "model.schema.json").write_text(text, encoding="utf-8")
    running = Server(tmp_path)
    yield running
    running.stop()


def test_a_model_without_mistakes_has_no_marks(server: Server) -> None:
    assert server.open("v1.yaml", MODEL) == []


def test_a_misspelt_key_is_marked_where_it_stands(server: Server) -> None:
    (mark,) = server.open("v2.yaml", MODEL.replace("points", "pionts"))
    line = MODEL.splitlines().index("      demo: {event: demo_request, points: 50}")
    assert (mark["range"]["start"]["line"], "pionts" in mark["message"]) == (line, True)


def test_keys_are_offered_with_their_description(server: Server) -> None:
    text = MODEL.replace(", points: 50}", "}").replace("    rules:\n", "    fl\n    rules:\n")
    server.open("v3.yaml", text)
    line = text.splitlines().index("    fl")
    offered = server.ask(
        "textDocument/completion",
        {
            "textDocument": {"uri": (server.folder / "v3.yaml").as_uri()},
            "position": {"line": line, "character": 6},
        },
    )
    keys = {item["label"]: item.get("documentation", "") for item in offered["items"]}
    assert "floor" in keys
    assert keys["floor"]


@pytest.mark.parametrize("rule", ["demo: {event: demo_request, when: sta", "demo:\n        when: sta"])
def test_functions_are_offered_where_an_expression_begins(rule: str, server: Server) -> None:
    text = MODEL[: MODEL.index("demo: {event")] + rule + ("}\n" if "{" in rule else "\n")
    server.open("v4.yaml", text)
    lines = text.splitlines()
    line = next(number for number, found in enumerate(lines) if "sta" in found and "when" in found)
    offered = server.ask(
        "textDocument/completion",
        {
            "textDocument": {"uri": (server.folder / "v4.yaml").as_uri()},
            "position": {"line": line, "character": lines[line].index("sta") + 3},
        },
    )
    texts = {
        item["label"]: item.get("insertText", item.get("textEdit", {}).get("newText")) for item in offered["items"]
    }
    assert texts["starts with(string, match)"].strip() == "starts with(${1:string}, ${2:match})"
