"""The engine's version, which every decision carries."""

__version__ = "0.1.0"
