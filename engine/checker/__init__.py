"""Tree to program: names, types, presence, tables, order; complaints are collected, and nothing is
raised."""
