"""Matching in columns: many leads' events against a model at once.

Takes a `Bucket` (leads, typed events by type, as-of instants), gives `MatchedColumns`: the marks and changes that the
fold wants, and what the results say about tallies, gates and rules. The same as `matching.match` lead by lead:
expressions run through `feel.columns` on the smallest table that decides them (a value of the model, a lead, a distinct
combination of texts, an event), and what goes through time (order, visits, tallies, gates, limits) is compiled code
that visits each event once.
"""
