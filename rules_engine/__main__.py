"""`python -m rules_engine` is the `rules` command."""

from rules_engine.cli.main import run

if __name__ == "__main__":
    run()
