"""What `check_deep` is made of: one file for each thing that is looked at."""
