"""Makes the files that Sealift is installed from; `scripts/package` is the way to call it.

Each kind of file is a module with a function that makes it; `__main__` lists them. All of them give the same bytes for the
same inputs: names are sorted, times are that of the commit, and owners are root.
"""
