"""Example to vector, and the on-disk cache of vectors."""
