"""What an explanation says, and to whom."""
