"""Incremental runs: a state per lead is kept between runs, so that the next one reads only new files of events.

A state is that of live scoring (`result.live.LeadState`); here are only the file that holds those of all leads, what
was read into them, and the run. The state is a cache: a full run gives the same numbers.
"""
