"""What `bench_peers.py` is made of: data, jobs (ours, the floors, the peers), measuring, tables."""
