"""What can be wrong with the head of a model file and with its versions. One function per mistake; RE400-RE409."""

from __future__ import annotations

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.model.messages_rules import Where
from rules_engine.model.messages_shape import place


def unknown_schema(where: Where, found: int, known: int) -> Diagnostic:
    return finding(
        "RE400",
        f"This file is written for version {found} of the scoring language; this engine reads version {known}.",
        place(where),
        f"Write `schema: {known}`, or update the engine.",
    )


def version_not_file_name(where: Where, version: int, file_name: str) -> Diagnostic:
    return finding(
        "RE401",
        f'The file is called "{file_name}" but says that it is version {version}.',
        place(where),
        "One version is one file: v<version>.yaml. Change the number or the file's name.",
    )


def active_without_effective(where: Where) -> Diagnostic:
    return finding(
        "RE402",
        "An active version must say from which day on it applies.",
        place(where),
        "Add for example `effective: 2026-09-01`.",
    )


def unknown_timezone(where: Where, name: str, known: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE217",
        f'There is no time zone "{name}".{did_you_mean(name, known)}',
        place(where),
        'Write a name of the tz database, such as "Europe/Paris" or "UTC".',
    )


def plugin_missing(where: Where, name: str, known: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE403",
        f'The model requires the plugin "{name}", which is not installed.{did_you_mean(name, known)}',
        place(where),
        "Install it, or delete the requirement if nothing of it is used.",
    )


def plugin_version(where: Where, name: str, installed: str, wanted: str) -> Diagnostic:
    return finding(
        "RE403",
        f'The model requires the plugin "{name}" in version {wanted}, but {installed} is installed.',
        place(where),
        "Install a version that fits.",
    )
