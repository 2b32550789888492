"""Error analysis: where a model goes wrong, and where the labels do; one list per file.

Each list is a function from `Evidence` to a `Finding`, registered under ``error_list``.
"""
