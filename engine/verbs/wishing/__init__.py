"""What `whynot` is made of: what is wanted, what must stay, and the answer in words."""
