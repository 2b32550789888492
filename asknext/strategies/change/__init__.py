"""Ask what would change the model, or lower its error, most."""
