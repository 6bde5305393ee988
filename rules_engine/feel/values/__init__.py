"""What FEEL computes with, beside Python's None, bool, float, str, list and dict.

Takes and gives plain values; imports nothing of ours.
"""

from rules_engine.feel.values.bands import BandName as BandName
from rules_engine.feel.values.convert import from_feel as from_feel
from rules_engine.feel.values.convert import to_feel as to_feel
from rules_engine.feel.values.durations import DaysTimeDuration as DaysTimeDuration
from rules_engine.feel.values.durations import YearsMonthsDuration as YearsMonthsDuration
from rules_engine.feel.values.foreign import unboxed as unboxed
from rules_engine.feel.values.ranges import Range as Range
from rules_engine.feel.values.temporal import Date as Date
from rules_engine.feel.values.temporal import DateTime as DateTime
from rules_engine.feel.values.temporal import Time as Time
