"""Guarantees, each by the form of its promise, to what is proved of them."""
