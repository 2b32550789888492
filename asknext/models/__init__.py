"""What learns: the instant head, its calibration, and folders to take away."""
