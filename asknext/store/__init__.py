"""The event log, leases and artifacts."""
