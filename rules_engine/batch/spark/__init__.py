"""Scoring on a Spark cluster: the same matching and fold as on one machine, per partition of leads.

    frames = rules_engine.batch.spark.score(spark, model, leads, events, accounts, as_of="2026-09-01")

Needs the extra [spark] on the driver and [batch] on the workers.
"""

from rules_engine.batch.spark.frames import Frames, score
from rules_engine.batch.spark.plan import SparkError

__all__ = ["Frames", "SparkError", "score"]
