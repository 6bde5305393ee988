"""What scoring gives back: typed results, how they are read off the fold, labels, forecasts and explanations.

Takes what matching and the fold left behind; gives `Result`. May import matching and scoring; prints nothing.
"""
