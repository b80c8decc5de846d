"""The issue book: feedback and events in; issues, their story, and what follows from it kept. What
becomes of them the live policy that governs issues decides."""
