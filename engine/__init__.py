"""The rules engine: text in, a checked program out, and from a case a decision with its reasons."""
