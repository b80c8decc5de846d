"""One lint for one file."""
