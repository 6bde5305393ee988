"""Live scoring: a state brought forward by new events says what the whole history says."""
