"""The linter: what a policy could do better."""
