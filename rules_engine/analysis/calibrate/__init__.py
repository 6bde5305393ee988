"""New points proposed beside today's: from touches per stage, from a sales interview, or from outcomes.

Takes a version and data (a backtest finds the cases); gives a `Calibration`, which `next_version` can write. Needs
the extra [analysis] where outcomes are used. Prints nothing, writes nothing by itself.
"""
