"""From a typed model and one lead's history to what the fold kernel reads.

Takes a `Model` and raw fields and events; gives a `Plan` (once per model) and `Inputs` (per lead): which rules match
which events, what they are worth, and when profile parts and gates change. May import model, feel and scoring.
"""
