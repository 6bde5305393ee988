"""A model file -> the typed Model, or all that is wrong with it. The entry point of this package.

Takes a path (or bytes), gives a `LoadResult`; may import feel, scoring and diagnostics. The stages, in order: read the
bytes, compose YAML nodes, check the shape against the schema, read the blocks into typed parts with their checks.
Every stage goes on as far as it can, so that one run tells all mistakes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.diagnostics.source import Source
from rules_engine.feel.values.zones import find_zone, zone_names
from rules_engine.model import (
    amounts,
    calendar,
    conditions,
    extensions,
    messages_header,
    messages_shape,
    messages_yaml,
    scopes,
    yaml_read,
)
from rules_engine.model.lock import check_lock
from rules_engine.model.meaning import model_hash
from rules_engine.model.messages_scores import sales_ready_positive
from rules_engine.model.names import Names
from rules_engine.model.read_constants import read_constants, read_definitions
from rules_engine.model.read_fields import read_events, read_fields
from rules_engine.model.read_gates import read_gates, read_tallies
from rules_engine.model.read_header import read_header
from rules_engine.model.read_outputs import read_accounts, read_automations, read_labels, read_segments
from rules_engine.model.read_scores import plan_scores, read_scores
from rules_engine.model.reading import Reading
from rules_engine.model.report import Report
from rules_engine.model.schema import check_shape
from rules_engine.model.types import Model
from rules_engine.model.yaml_compose import compose
from rules_engine.model.yaml_nodes import MapNode, Node, ScalarNode
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class LoadResult:
    """`model` is None exactly when `diagnostics` holds an error. They are ordered by file and place.

    `source` is the text of the file for showing findings in it, None where it could not be read. `root` and `names` are
    the YAML tree and what it declares, for questions that the typed model does not answer (what is written and unused).
    """

    model: Model | None
    diagnostics: tuple[Diagnostic, ...]
    source: Source | None = None
    root: MapNode | None = None
    names: Names | None = None

    @property
    def ok(self) -> bool:
        return self.model is not None


def load_model(path: str | Path, using: extensions.Extensions = extensions.NONE) -> LoadResult:
    """Loads the model file at `path`. Mistakes come back as diagnostics, never as exceptions."""
    shown = str(path)
    read = yaml_read.read_file(Path(path), shown)
    return _load(read, Path(path), using)


def load_text(text: str | bytes, path: str | Path, using: extensions.Extensions = extensions.NONE) -> LoadResult:
    """Loads a model from its text as if it stood at `path` (for data files, messages and the version's number)."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return _load(yaml_read.read_bytes(data, str(path)), Path(path), using)


def _load(read: yaml_read.Read, path: Path, using: extensions.Extensions) -> LoadResult:
    report = Report()
    report.extend(read.findings)
    if read.source is None:
        return LoadResult(None, report.done())
    composed = compose(read.source)
    report.extend(composed.findings)
    for node in composed.told:
        report.tell(node)
    model: Model | None = None
    names = Names()
    root = composed.root if isinstance(composed.root, MapNode) else None
    if root is not None:
        model = _model(root, read.source, path, report, using, names)
    elif composed.root is None or _is_nothing(composed.root):
        if not report.has_errors:
            report.add(messages_yaml.empty(read.source.span(0, 0)))
    else:
        report.add(messages_shape.not_a_model(composed.root))
    findings = report.done()
    if model is None or report.has_errors:
        return LoadResult(None, findings, read.source, root, names)
    model = replace(model, hash=model_hash(model))
    report.extend(check_lock(path.parent, model, _status_place(composed.root)))
    for check in using.checks:
        report.extend(list(check(model)))
    return LoadResult(None if report.has_errors else model, report.done(), read.source, root, names)


def _is_nothing(root: Node) -> bool:
    return isinstance(root, ScalarNode) and root.value is None and root.start == root.end


def _status_place(root: object) -> Span:
    """Where findings about the version as a whole point: at its status, else at the beginning of the file."""
    assert isinstance(root, MapNode)
    entry = root.entry("status") or root.entry("version")
    return root.source.span(0, 0) if entry is None else root.source.span(entry.key.start, entry.value.end)


def _model(
    root: MapNode, source: Source, path: Path, report: Report, using: extensions.Extensions, names: Names
) -> Model:
    check_shape(root, report)
    reading = Reading(source, path.parent, report, using, calendar.UTC_ZONE, names=names)
    _time_zone(reading, root)
    _sales_ready(reading, root)
    header = read_header(reading, root, path.name)
    fields = reading.map(root.get("fields"))
    if fields is not None:
        names.lead_fields = read_fields(reading, fields.get("lead"), "a lead")
        names.account_fields = read_fields(reading, fields.get("account"), "an account")
    names.events = read_events(reading, root.get("events"))
    names.stages = tuple(text for item in reading.items(root.get("stages")) if (text := reading.text(item)))
    read_constants(reading, root.get("constants"))
    plans = plan_scores(reading, root.get("scores"))
    read_definitions(reading, root.get("define"))
    audience = conditions.condition(reading, root.get("audience"), scopes.fields_only(names, "`audience`"))
    read_tallies(reading, root.get("tallies"))
    names.scores = read_scores(reading, plans)
    gates = read_gates(reading, root.get("gates"))
    names.gates = tuple(entry.key.text for entry in reading.entries(root.get("gates")))
    read_labels(reading, root.get("labels"))
    return Model(
        name=header.name,
        version=header.version,
        status=header.status,
        effective=header.effective,
        owner=header.owner,
        timezone=header.timezone,
        sales_ready=reading.sales_ready,
        visit_gap=header.visit_gap,
        dedupe_window=header.dedupe_window,
        review=header.review,
        changes=header.changes,
        audience=audience,
        stages=names.stages,
        lead_fields=names.lead_fields,
        account_fields=names.account_fields,
        events=names.events,
        constants=names.constants,
        tallies=names.tallies,
        scores=names.scores,
        gates=gates,
        labels=names.labels,
        accounts=read_accounts(reading, root.get("accounts")),
        segments=read_segments(reading, root.get("segments")),
        automations=read_automations(reading, root.get("automations")),
        required_plugins=header.required_plugins,
        file=source.file,
        hash="",
    )


def _time_zone(reading: Reading, root: MapNode) -> None:
    node = root.get("timezone")
    name = reading.text(node)
    if name is None or node is None:
        return
    zone = find_zone(name)
    if zone is None:
        reading.report.add(messages_header.unknown_timezone(node, name, zone_names()))
    else:
        reading.zone = zone


def _sales_ready(reading: Reading, root: MapNode) -> None:
    node = root.get("sales_ready")
    value = reading.number(node)
    if value is None or node is None:
        return
    points = reading.in_range(node, amounts.micropoints(value))
    if points is not None and points <= 0:  # also less than the smallest amount
        reading.report.add(sales_ready_positive(node))
    elif points is not None:
        reading.sales_ready = points
