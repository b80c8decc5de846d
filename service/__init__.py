"""The HTTP service: facts in, decisions out; it stores, asks the engine, and carries out."""
