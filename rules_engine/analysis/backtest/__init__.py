"""What a model would have said before the outcomes, compared with the outcomes.

Takes a `Batch` and the outcomes of its data; gives a `Backtest` of plain numbers and sentences. Needs the extra
[analysis] (scikit-learn, scipy). May import batch; prints nothing.

run -> cases (who, at which moment, with which outcome) -> scored -> bands, ranking, rules, periods, leaks -> checklist
"""
