#!/usr/bin/env python3
"""Prints the suites that took longest, from Swift Testing's stream of events.

usage: dear_suites.py EVENTS WIDTH
  EVENTS   what --event-stream-output-path wrote
  WIDTH    how many tests ran at once

The stream says of tests with arguments when each case began. Every other test "starts" when the run does, and then
waits for a place: those take the places that become free in the order in which they were named.
"""

import bisect
import collections
import json
import sys

COUNT = 10


def read(path):
    """Gives the beginnings and the ends of cases, and from when until when each plain test "ran", in their order."""
    has_cases = {}
    cases, plain = {"testCaseStarted": [], "testCaseEnded": []}, {}
    with open(path, encoding="utf-8") as lines:
        for payload in (json.loads(line)["payload"] for line in lines):
            kind, test = payload["kind"], payload.get("testID")
            if kind == "function":
                has_cases[payload["id"]] = payload["isParameterized"]
            elif kind in cases:
                cases[kind].append((payload["instant"]["absolute"], test))
            elif has_cases.get(test) is False and kind in ("testStarted", "testEnded"):
                plain.setdefault(test, []).append(payload["instant"]["absolute"])
    whole = {test: times for test, times in plain.items() if len(times) == 2}
    return cases["testCaseStarted"], cases["testCaseEnded"], whole


def seconds_of_tests(path, width):
    """Gives how long each test ran, all its cases together."""
    started, ended, plain = read(path)
    seconds = collections.Counter()
    first = min([times[0] for times in plain.values()] + [time for time, _ in started], default=0)
    places = sorted([first] * width + [time for time, _ in ended] + [times[1] for times in plain.values()])
    for time, test in started:
        # A case begins in the moment in which another ends.
        del places[max(bisect.bisect_right(places, time) - 1, 0)]
        seconds[test] -= time
    for time, test in ended:
        seconds[test] += time
    for (test, (named, end)), place in zip(plain.items(), places):
        seconds[test] += max(end - max(named, place), 0)
    return seconds


def main():
    suites = collections.defaultdict(list)
    for test, seconds in seconds_of_tests(sys.argv[1], int(sys.argv[2])).items():
        # Module.Suite/Suite inside/test()/File.swift:1:2, where a test may stand outside of all suites.
        suites["/".join(test.split("/")[:-2]) or test].append(seconds)
    print("SECONDS  TESTS  SUITE")
    for suite, seconds in sorted(suites.items(), key=lambda item: -sum(item[1]))[:COUNT]:
        print(f"{sum(seconds):7.1f}  {len(seconds):5}  {suite}")


if __name__ == "__main__":
    main()
