"""What stops a backtest or a calibration: one error, in words for the person who asked."""

from __future__ import annotations


class BacktestError(Exception):
    """The data or the options cannot answer what was asked; the message says why and what to do instead."""
