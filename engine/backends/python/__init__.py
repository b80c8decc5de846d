"""The compiled evaluator: the meaning of the language."""
