"""The release desk: what is proposed, approved and live, kept and carried out as the release policy
decides."""
