"""The parts of a policy's page."""
