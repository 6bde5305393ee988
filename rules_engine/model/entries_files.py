"""Catalogue entries of codes RE580-RE599: data files of a model. Plain data."""

from __future__ import annotations

from rules_engine.diagnostics.catalogue import Entry

_SHEET = "A sheet is read as rules, so a line that is not understood could score wrongly."
_FIRST = "The first line names the columns asset, stage, points and note; asset and points are needed."

ENTRIES: dict[str, Entry] = {
    "RE580": Entry(
        "Data file outside the folder",
        "A data file is named by an absolute path, with `..`, or is a link to a place outside the model's folder.",
        "A model's folder is all that is needed to score the same anywhere, and a model can read nothing else.",
        "Put the file beside the model.",
        "file: ../shared/competitors.txt",
        "file: competitors.txt",
    ),
    "RE581": Entry(
        "Data file missing",
        "There is no file of this name in the model's folder.",
        "Its values or rules would be missing.",
        "Put the file beside the model, or correct the name.",
        "file: competitor.txt",
        "file: competitors.txt",
    ),
    "RE582": Entry(
        "Data file too long",
        "The file has more values than a list of a model may.",
        "Comparing with it would be slow, and the model hard to review.",
        "Make it a field of the lead, filled by your systems.",
        "customers: {file: all_contacts.txt}",
        "fields: {lead: {is_customer: boolean}}",
    ),
    "RE590": Entry(
        "Columns of a sheet",
        "A column is unknown, missing, or named twice.",
        _SHEET,
        _FIRST,
        "name;score",
        "asset,points",
    ),
    "RE591": Entry(
        "Line of a sheet not readable",
        "The line has too many cells, or a quote is not closed.",
        _SHEET,
        "Put text with commas in double quotes.",
        "ebook,learn,5,Guide, part 2",
        'ebook,learn,5,"Guide, part 2"',
    ),
    "RE592": Entry(
        "Line without asset",
        "The first cell is empty.",
        _SHEET,
        "Write what the rule matches.",
        ",learn,5",
        "ebook,learn,5",
    ),
    "RE593": Entry(
        "Asset written twice",
        "Two lines of the sheet have the same asset.",
        "Both would score, or one by accident.",
        "Keep one of them.",
        "ebook,learn,5\nebook,learn,8",
        "ebook,learn,8",
    ),
    "RE594": Entry(
        "Points of a sheet",
        "The points are no number and no percent.",
        _SHEET,
        "Write 10 or 30%.",
        "ebook,learn,ten",
        "ebook,learn,10",
    ),
    "RE595": Entry(
        "Stage of a sheet",
        "The stage is not among the stages of the model.",
        "Counts by stage would miss it.",
        "Correct it, or add it to `stages`.",
        "ebook,lern,5",
        "ebook,learn,5",
    ),
    "RE596": Entry(
        "Length of a sheet",
        "The sheet has no rows, or too many.",
        _SHEET,
        _FIRST,
        "asset,points",
        "asset,points\nebook,5",
    ),
}
