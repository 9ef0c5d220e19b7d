#!/usr/bin/env python3
"""Prints the documents below a folder of a file-based catalog as one JSON list; every file must be a stream of JSON."""

import json
import pathlib
import sys


def documents(text):
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        document, place = decoder.raw_decode(text, place)
        yield document
        while text[place:place + 1].isspace():
            place += 1


folder = pathlib.Path(sys.argv[1])
json.dump([each for path in sorted(folder.rglob("*")) if path.is_file() for each in documents(path.read_text())], sys.stdout)
