"""The engine against the slow reference, on random models and histories."""
