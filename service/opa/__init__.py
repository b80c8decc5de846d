"""The read side of the Open Policy Agent's data API, for clients that speak it already."""
