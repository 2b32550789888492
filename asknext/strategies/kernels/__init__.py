"""Kernels: the arithmetic that several strategies share.

Tables are read block by block as checked float32; long sums are float64; where rounding could
decide a pick, the few that are within rounding of each other are compared in float64 and real
ties are left to the generator. So a pick depends neither on the size of a block nor on the number
of threads.
"""
