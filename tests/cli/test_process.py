"""What a process of the command line leaves behind: nothing but what the command says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rules_engine.batch.processors import processors

RUN = "import sys; from rules_engine.cli.main import run; sys.argv = ['rules', *sys.argv[1:]]; run()"


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)


def test_a_library_that_looks_at_what_is_left_finds_nothing() -> None:
    pytest.importorskip("duckdb")
    done = python(f"import duckdb; {RUN}", "--version")
    assert done.stdout.startswith("rules ")
    assert done.stderr == ""


@pytest.mark.parametrize(("command", "code"), [("--version", 0), ("no-such-command", 2)])
def test_all_is_said_before_a_process_ends(command: str, code: int) -> None:
    done = python(RUN, command)
    assert done.returncode == code
    assert ("rules " in done.stdout, "No such command" in done.stderr) == (code == 0, code == 2)


def test_nobody_needs_to_listen() -> None:
    code = f"import os; os.close(1); os.close(2); import sys; sys.stdout = sys.stderr = None; {RUN}"
    assert python(code, "check", "rulesets/net_promoter/v1.yaml").returncode == 0


BEFORE = f"import atexit; atexit.register(print, 'last words'); {RUN}"
MEANWHILE = """import atexit, rules_engine.cli.main as main
main.app.main = lambda **_: atexit.register(print, 'last words')
main.run()"""


@pytest.mark.parametrize("code", [BEFORE, MEANWHILE])
def test_what_was_to_happen_at_the_end_happens(code: str) -> None:
    done = python(code, "--version")
    assert done.stdout.endswith("last words\n")
    assert done.returncode == 0


def test_scoring_leaves_processors_to_its_own_threads() -> None:
    """Polars has half of them: it knows the variable that is set before it is loaded."""
    code = f"import atexit, sys; atexit.register(lambda: print(sys.modules['polars'].thread_pool_size())); {RUN}"
    done = python(code, "score", "rulesets/net_promoter/v1.yaml", "--data", "rulesets/net_promoter/data.yaml")
    assert int(done.stdout.splitlines()[-1]) == max(processors() // 2, 1)


@pytest.mark.parametrize("place", ["click", "rules_engine.cli.process", "rules_engine.cli.check", "rules_engine.model"])
def test_an_interrupt_during_imports_is_quiet(place: str) -> None:
    code = f"""import sys
class Interrupted:
    def find_spec(self, name, *_):
        if name == {place!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
{RUN}"""
    done = python(code, "check", "rulesets/net_promoter/v1.yaml")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
