"""The translations of a checked program; they do not know each other."""
