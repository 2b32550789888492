"""Ask by gradients, boundaries and small changes of the vectors."""
