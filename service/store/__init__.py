"""What is on disk: one SQLite file, its tables, and the thread that writes into it."""
