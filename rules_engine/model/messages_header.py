"""What can be wrong with the head of a model file and with its versions. One function per mistake; RE400-RE409."""

from __future__ import annotations

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Related, Span
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


def like_a_version(file: str, name: str) -> Diagnostic:
    return finding(
        "RE409",
        f'"{name}" lies beside the versions of the model and is not one of them: nothing reads it.',
        Span(file, 0, 0, 1, 1, 1, 1),
        "A version is called v<version>.yaml, such as v2.yaml, one file for each. Rename the file, or move it away.",
    )


def active_without_effective(where: Where) -> Diagnostic:
    return finding(
        "RE402",
        "An active version must say from which day on it applies.",
        place(where),
        "Add for example `effective: 2026-09-01`.",
    )


def unknown_timezone(where: Where, name: str, known: tuple[str, ...]) -> Diagnostic:
    city = next((zone for zone in known if zone.rpartition("/")[2].lower() == name.lower().replace(" ", "_")), None)
    near = f' Did you mean "{city}"?' if city is not None else did_you_mean(name, known)
    return finding(
        "RE217",
        f'There is no time zone "{name}".{near}',
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


# --- versions and the lock


def active_changed(where: Where, model: str, version: int, following: int) -> Diagnostic:
    return finding(
        "RE404",
        f'Version {version} of model "{model}" is in use, but it or a data file of it was changed since it was locked.',
        place(where),
        f"Undo the change here and make it in the next version: copy the file to v{following}.yaml, "
        f"with `version: {following}` and `status: draft`.",
    )


def version_gone(where: Where, version: int) -> Diagnostic:
    return finding(
        "RE404",
        f"Version {version} was in use and is recorded in model.lock, but its file is gone.",
        place(where),
        f"Restore v{version}.yaml from version control. Where nobody needs it any more, say `status: retired` in it.",
    )


def not_in_lock(where: Where, version: int) -> Diagnostic:
    return finding(
        "RE405",
        f"Version {version} is active, but model.lock does not record it, so a later change would go unseen.",
        place(where),
        "Run `rules lock` on the folder of the model, and commit model.lock.",
    )


def lock_unreadable(where: Where, reason: str) -> Diagnostic:
    return finding(
        "RE406",
        f"model.lock cannot be read: {reason}.",
        place(where),
        "Restore it from version control.",
    )


def no_versions(where: Where, folder: str, below: list[str]) -> Diagnostic:
    return finding(
        "RE407",
        f'There is no model in the folder "{folder}": a version of a model is a file such as v1.yaml.',
        place(where),
        f"Name the folder of one model: {', '.join(below[:8])}." if below else "Check the path.",
    )


def no_such_version(where: Where, version: int, known: list[int]) -> Diagnostic:
    return finding(
        "RE407",
        f"There is no version {version} of this model.",
        place(where),
        f"Its versions are: {', '.join(map(str, known))}." if known else "A version is a file v<N>.yaml in the folder.",
    )


def no_version_at(where: Where, day: str, any_active: bool) -> Diagnostic:
    when = f" on {day}" if day else ""
    return finding(
        "RE407",
        f"No active version of this model applies{when}.",
        place(where),
        "The first active version begins later; name a version to score with it."
        if any_active
        else "Give a version `status: active` and `effective`, or name one, drafts too (`--version 1`, `version=1`).",
    )


def same_day(where: Where, versions: list[int], day: str, others: list[Span]) -> Diagnostic:
    return finding(
        "RE408",
        f"Versions {' and '.join(map(str, versions))} are both active from {day} on.",
        place(where),
        "Retire one of them, or change its `effective`.",
        tuple(Related("and here", other) for other in others),
    )
