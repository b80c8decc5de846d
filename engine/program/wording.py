"""How operators, functions and aggregates are worded: one row for each that the language has.

Of a pair the first says that a condition holds, the second that it does not. `IN_TIME` is for
instants; the rest are words of English by which a name is put into a sentence.
"""

COMPARED = {
    "is": ("is", "is not"),
    "is not": ("is not", "is"),
    "<": ("is below", "is at least"),
    "<=": ("is at most", "is above"),
    ">": ("is above", "is at most"),
    ">=": ("is at least", "is below"),
    "in": ("is one of", "is none of"),
    "not in": ("is none of", "is one of"),
}
IN_TIME = {
    "<": ("is before", "is not before"),
    "<=": ("is not after", "is after"),
    ">": ("is after", "is not after"),
    ">=": ("is not before", "is before"),
}
TESTED = {
    "is known": ("is known", "is missing"),
    "is missing": ("is missing", "is known"),
    "is empty": ("is empty", "is not empty"),
    "is not empty": ("is not empty", "is empty"),
}
INFIX = {"+": "+", "-": "-", "*": "×", "/": "÷"}
APPLIED = {
    "negative": "-{}",
    "else": "{} (or {}, where it is missing)",
    "abs": "the size of {}",
    "floor": "{} rounded down",
    "ceiling": "{} rounded up",
    "round": "{} rounded to {} decimals",
    "sqrt": "the square root of {}",
    "exp": "e to the power of {}",
    "ln": "the natural logarithm of {}",
    "log2": "the base 2 logarithm of {}",
    "log10": "the base 10 logarithm of {}",
    "days": "{} in days",
    "hours": "{} in hours",
    "day": "the start of the day of {}",
    "month": "the start of the month of {}",
    "count": "the number of {}",
    "first": "the first of {}",
    "distinct": "{}, each once",
    "similarity": "the similarity of {} and {}",
    "tallied": "the count of {1} in {0}",
    "tallied_since": "the count of {1} in {0} since {2}",
}
VARIADIC = {"min": "the least of", "max": "the greatest of"}
AGGREGATED = {
    "count": "the number",
    "sum": "the total",
    "max": "the greatest",
    "min": "the least",
    "mean": "the average",
}

PREPOSITIONS = frozenset({
    "after", "at", "before", "beyond", "in", "inside", "on", "out", "outside", "over", "past",
    "under", "within",
})  # fmt: skip

AUXILIARIES = frozenset({
    "are", "can", "had", "has", "have", "is", "may", "must", "was", "were", "will",
})  # fmt: skip
