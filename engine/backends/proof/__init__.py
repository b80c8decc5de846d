"""The prover: a program to formulas, and questions about every case to answers."""
