"""The resources, one file for each: handlers and what stands on the wire."""
