"""Measures Sealift; `scripts/bench` is the way to call it.

A section is a module with a function `rows(bench)` that measures and yields table rows; `__main__` lists them.
"""
