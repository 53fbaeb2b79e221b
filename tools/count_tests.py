#!/usr/bin/env python3
"""Counts single tests in Meson's log of a run.

Usage: count_tests.py LABEL BUILD-DIR TOTALS

Prints a line a suite and what failed, and writes `PASSED FAILED` to the file TOTALS. A program
that speaks TAP counts test by test, any other as one; one that crashed, timed out or ended early
counts as a failure even if all that it had said was `ok`. Skipped tests are neither.
"""

import json
import os
import re
import sys

POINT = re.compile(r"^(not )?ok\b[^#]*(#\s*(skip|todo))?", re.IGNORECASE)


def points(text):
    """How many TAP lines of the text passed, failed and were skipped."""
    passed = failed = skipped = 0
    for line in text.splitlines():
        found = POINT.match(line)
        if not found:
            continue
        if found.group(3):
            skipped += 1
        elif found.group(1):
            failed += 1
        else:
            passed += 1
    return passed, failed, skipped


def count(program):
    passed, failed, skipped = points(program.get("stdout", ""))
    result = program["result"]
    if result in ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS"):
        failed = max(failed, 1)
    elif passed + failed + skipped == 0:
        passed, skipped = (0, 1) if result == "SKIP" else (1, 0)
    return passed, failed, skipped


def show_failure(label, program):
    print(f"--- {label}{program['name']}: {program['result']}, exit {program['returncode']}")
    # What a test says of its failure stands before or after its line, depending on the harness.
    output = program.get("stdout", "").splitlines()
    said = [line for line in output if not POINT.match(line) or line.startswith("not ok")]
    for line in said[-60:] + program.get("stderr", "").splitlines()[-30:]:
        print("    " + line)


def suite_names(build):
    """The suite of each test's name; the log itself names it in some versions of Meson only."""
    with open(os.path.join(build, "meson-info", "intro-tests.json"), encoding="utf-8") as file:
        return {test["name"]: test["suite"][0].split(":")[-1] for test in json.load(file)}


def main():
    label, build, totals = sys.argv[1:]
    log = os.path.join(build, "meson-logs", "testlog.json")
    names = suite_names(build)
    label = label and label + " "
    suites = {}
    if os.path.exists(log):
        with open(log, encoding="utf-8", errors="replace") as file:
            programs = [json.loads(line) for line in file if line.strip()]
        for program in programs:
            suite = names.get(program["name"].split(" / ")[-1], "other")
            counted = count(program)
            sums = suites.setdefault(suite, [0, 0, 0, 0.0])
            for i in range(3):
                sums[i] += counted[i]
            sums[3] += program.get("duration") or 0.0
            if counted[1]:
                show_failure(label, program)
    for suite, (passed, failed, skipped, seconds) in sorted(suites.items()):
        skips = f", {skipped} skipped" if skipped else ""
        print(f"{label}{suite}: {passed} passed, {failed} failed{skips} ({seconds:.1f} s)")
    with open(totals, "w", encoding="ascii") as file:
        file.write(f"{sum(s[0] for s in suites.values())} {sum(s[1] for s in suites.values())}\n")


if __name__ == "__main__":
    main()
