"""Ask for texts to write or to correct."""
