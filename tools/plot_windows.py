#!/usr/bin/env python3
"""Judges the camera by its tracks file: how still, how smooth, how safe the windows are.

Reads a tracks file (docs/tracks.md), prints one block of figures a seat and, with --plot, draws the
windows over time as a PNG. Needs only Python; the plot needs matplotlib. Writes nothing else.

Motion is given in output pixels a frame: pixels of a tile of --tile-height rows.
"""

import argparse
import json
import math
import sys

SEATS = ("left", "right")
SAFE_MARGIN = 0.10


def read_tracks(path):
    """The header and the frames of a tracks file."""
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file if line.strip()]
    if not lines:
        raise ValueError(f"{path}: the file is empty")
    try:
        records = [json.loads(line) for line in lines]
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not JSON Lines: {error}") from error
    if "dualface" not in records[0]:
        raise ValueError(f"{path}: the first line is no tracks header")
    return records[0], records[1:]


def percentile(values, share):
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def is_shown(side):
    return side["state"] not in ("frozen", "black", "blurred")


def centre(window):
    return window[0] + window[2] / 2, window[1] + window[3] / 2


def runs(frames, seat):
    """Stretches of frames in one shot whose windows are shown."""
    run = []
    for frame in frames:
        if run and (frame["cut"] or not is_shown(frame[seat])):
            yield run
            run = []
        if is_shown(frame[seat]):
            run.append(frame)
    if run:
        yield run


def motion(run, seat, tile_height):
    """Moves and accelerations inside a run, in output pixels."""
    moves = []
    for before, after in zip(run, run[1:]):
        a, b = before[seat]["window"], after[seat]["window"]
        (ax, ay), (bx, by) = centre(a), centre(b)
        scale = tile_height / b[3]
        moves.append(((bx - ax) * scale, (by - ay) * scale, (b[3] - a[3]) * scale))
    accelerations = [
        math.hypot(q[0] - p[0], q[1] - p[1]) for p, q in zip(moves, moves[1:])
    ]
    return moves, accelerations


def is_safe(window, face):
    """Whether the face's box lies in the central part of the window."""
    mx, my = SAFE_MARGIN * window[2], SAFE_MARGIN * window[3]
    return (
        face[0] >= window[0] + mx
        and face[1] >= window[1] + my
        and face[0] + face[2] <= window[0] + window[2] - mx
        and face[1] + face[3] <= window[1] + window[3] - my
    )


def touches(window, face):
    return (
        face[0] < window[0] + window[2]
        and window[0] < face[0] + face[2]
        and face[1] < window[1] + window[3]
        and window[1] < face[1] + face[3]
    )


def judge(frames, seat, tile_height):
    """All figures of one seat."""
    other = SEATS[1 - SEATS.index(seat)]
    moves, accelerations = [], []
    for run in runs(frames, seat):
        run_moves, run_accelerations = motion(run, seat, tile_height)
        moves += run_moves
        accelerations += run_accelerations
    seen = [f[seat] for f in frames if f[seat]["face"]]
    alone = [f for f in frames if f[seat]["state"] in ("held", "wide")]
    states = {}
    for frame in frames:
        state = frame[seat]["state"]
        states[state] = states.get(state, 0) + 1
    return {
        "states": states,
        "moved": sum(any(m) for m in moves) / max(1, len(moves)),
        "speed_p99": percentile([math.hypot(m[0], m[1]) for m in moves], 0.99),
        "acceleration_mean": sum(accelerations) / max(1, len(accelerations)),
        "acceleration_p99": percentile(accelerations, 0.99),
        "acceleration_max": max(accelerations, default=0.0),
        "safe": sum(is_safe(s["window"], s["face"]) for s in seen) / max(1, len(seen)),
        "face_share": percentile([s["face"][3] / s["window"][3] for s in seen if s["window"][3]], 0.5),
        "shows_other": sum(
            bool(f[other]["face"]) and touches(f[seat]["window"], f[other]["face"]) for f in alone
        ),
    }


def report(seat, figures, out):
    states = " ".join(f"{name} {count}" for name, count in figures["states"].items())
    print(f"{seat}: {states}", file=out)
    print(f"  window moved in        {figures['moved']:8.1%} of frames", file=out)
    print(f"  speed p99              {figures['speed_p99']:8.2f} px/frame", file=out)
    print(f"  acceleration mean      {figures['acceleration_mean']:8.3f} px/frame^2", file=out)
    print(f"  acceleration p99       {figures['acceleration_p99']:8.3f}", file=out)
    print(f"  acceleration max       {figures['acceleration_max']:8.3f}", file=out)
    print(f"  face in the safe area  {figures['safe']:8.1%} of the frames that see it", file=out)
    print(f"  face height            {figures['face_share']:8.1%} of the window's (median)", file=out)
    print(f"  other's face shown     {figures['shows_other']:8d} frames held or wide", file=out)


def draw(frames, path):
    """Windows (lines), faces (dots) and cuts (grey) over time, one row a quantity."""
    try:
        import matplotlib
    except ImportError:
        sys.exit("plot_windows: --plot needs matplotlib; install it or leave --plot out")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(3, 2, figsize=(18, 11), sharex=True)
    for column, seat in enumerate(SEATS):
        shown = [f for f in frames if f[seat]["state"] != "black"]
        seen = [f for f in frames if f[seat]["face"]]
        quantities = (
            ("centre x", lambda b: b[0] + b[2] / 2),
            ("centre y", lambda b: b[1] + b[3] / 2),
            ("height", lambda b: b[3]),
        )
        for row, (name, of) in enumerate(quantities):
            axis = axes[row][column]
            axis.plot([f["t"] for f in seen], [of(f[seat]["face"]) for f in seen], ".", ms=2)
            axis.plot([f["t"] for f in shown], [of(f[seat]["window"]) for f in shown], "r.-", ms=2)
            for frame in frames:
                if frame["cut"]:
                    axis.axvline(frame["t"], color="0.7")
            axis.set_title(f"{seat}: {name}")
    figure.tight_layout()
    figure.savefig(path, dpi=70)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracks", help="tracks file (JSON Lines)")
    parser.add_argument("--plot", metavar="PNG", help="also draw the windows over time")
    parser.add_argument("--tile-height", type=float, default=1080, help="output rows (1080)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    try:
        _, frames = read_tracks(arguments.tracks)
    except (OSError, ValueError) as error:
        sys.exit(f"plot_windows: {error}")
    figures = {seat: judge(frames, seat, arguments.tile_height) for seat in SEATS}
    if arguments.json:
        print(json.dumps(figures, indent=1))
    else:
        for seat in SEATS:
            report(seat, figures[seat], sys.stdout)
    if arguments.plot:
        draw(frames, arguments.plot)


if __name__ == "__main__":
    main()
