"""Change or combine other strategies."""
