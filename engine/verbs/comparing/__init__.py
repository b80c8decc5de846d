"""What `compare` looks at, one thing in each file."""
