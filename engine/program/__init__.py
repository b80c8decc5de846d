"""The checked program: what every back end translates."""
