"""The prover against brute force: small policies, all of whose cases are tried."""
