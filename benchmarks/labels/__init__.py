"""Labels: what strategies, ours and those of other libraries, save in labels."""
