"""What `calibrate` looks at, one thing in each file."""
