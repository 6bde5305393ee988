"""A file from outside may hold anything anywhere: a draft or a message, never a crash."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rules_engine.analysis.drafts.drafted import Drafted, DraftError
from rules_engine.analysis.drafts.hubspot import draft_hubspot
from rules_engine.analysis.drafts.unomi import draft_unomi
from tests.docs.examples import REPOSITORY

JUNK = [None, True, 0, -1.5, 1e300, "", 'a"b\n', "x" * 500, [], {}, [1], {"a": 1}, [[]], [{"type": None}], float("nan")]
EXAMPLES = re.findall(
    r"```json file=\S+\n(.*?)```", (REPOSITORY / "docs" / "import.md").read_text(encoding="utf-8"), re.S
)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: object) -> Any:
    whole = copy.deepcopy(document)
    part = whole
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return whole


@pytest.mark.parametrize(
    ("draft", "example"), [(draft_unomi, EXAMPLES[0]), (draft_hubspot, EXAMPLES[1])], ids=["unomi", "hubspot"]
)
def test_anything_anywhere(draft: Callable[[object], Drafted], example: str) -> None:
    document = json.loads(example)
    choose = random.Random(5)
    for path in places(document):
        try:
            drafted = draft(replaced(document, path, choose.choice(JUNK)))
        except DraftError:
            continue
        assert drafted.rules > 0
