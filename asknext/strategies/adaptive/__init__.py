"""Ask by what has worked: switches, bandits, learned rankings."""
