"""Where facts are kept, and where what a decision says is carried out."""
