"""Catalogue entries of codes RE180-RE199 (files of model tests): plain data, read by the catalogue and its pages."""

from __future__ import annotations

from rules_engine.diagnostics.catalogue import Entry

_TRUST = "A test that is not understood in full would look as if it had passed."

ENTRIES: dict[str, Entry] = {
    "RE180": Entry(
        "No tests",
        "A tests file has no list of tests.",
        _TRUST,
        "Begin the file with `tests:` and a list of cases.",
        "cases: []",
        "tests:\n  - {name: ..., as_of: ..., expect: {}}",
    ),
    "RE181": Entry(
        "Value of another kind in a test",
        "A value in a tests file has a form that its key does not take.",
        _TRUST,
        "Write the value as the message says.",
        "scores: {readiness: warm}",
        "scores: {readiness: 40}",
    ),
    "RE182": Entry(
        "Unknown key in a test",
        "A tests file has a key that does not exist there.",
        _TRUST,
        "Use one of the keys that the message lists.",
        "expects: {scores: {readiness: 40}}",
        "expect: {scores: {readiness: 40}}",
    ),
    "RE183": Entry(
        "Time in a test",
        "A time of a test cannot be read.",
        _TRUST,
        'Write a time such as 2026-09-01T12:00:00Z, or one relative to `as_of` such as "-3 days".',
        "at: 3 days ago",
        "at: -3 days",
    ),
    "RE184": Entry(
        "Two tests of one name",
        "Two tests of a file have the same name.",
        "A report that names a test must mean one.",
        "Give each test a name of its own.",
        "- {name: warm, ...}\n- {name: warm, ...}",
        "- {name: warm after a demo, ...}\n- {name: warm after a trial, ...}",
    ),
    "RE185": Entry(
        "Something missing in a test",
        "A test or an event of a test lacks a key that it needs.",
        _TRUST,
        "Add the key.",
        "- {name: warm, expect: {}}",
        "- {name: warm, as_of: 2026-09-01T12:00:00Z, expect: {}}",
    ),
    "RE186": Entry(
        "Version of a test does not exist",
        "A test names a version of the model for which there is no file.",
        "A test that never runs would look as if it had passed.",
        "Name a version that exists, or take `version:` out to test the newest.",
        "- {name: warm, version: 9, ...}",
        "- {name: warm, version: 2, ...}",
    ),
}
