"""Ask what stands for much of the pool, alone or among what is uncertain."""
