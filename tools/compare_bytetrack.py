#!/usr/bin/env python3
"""Compares our tracker with another implementation of ByteTrack, on the same detections.

Usage: tools/compare_bytetrack.py DRIVER [TRACKS.jsonl TRUTH.mot.csv]...

DRIVER is the program tests/tools/track_driver. Scenes are generated, with the truth, from a fixed seed:
objects that cross, are missed, are seen doubtfully, and false alarms. Besides, each tracks file that
`dualface analyze` wrote is taken for its detections and judged by the truth file after it. Both trackers
run with equal parameters. Over all generated scenes the identity F1 (Ristani et al. 2016, boxes that
overlap by half) of the two must lie within half a point of each other; on a single file, where one
exchange of two tracks is worth many points, ours must not be more than half a point worse. Exit code 1
when not.

Needs what tests/tools/compare_requirements.txt pins: python3 -m venv DIR, then
DIR/bin/pip install --require-hashes -r tests/tools/compare_requirements.txt
"""

import csv
import json
import random
import subprocess
import sys

import numpy as np
import supervision as sv
from scipy.optimize import linear_sum_assignment
from trackers import ByteTrackTracker

HIGH, LOW, NEW, MIN_IOU, LOST = 0.6, 0.1, 0.7, 0.1, 30
ALLOWED = 0.005
SCENES, FRAMES, WIDTH, HEIGHT = 24, 300, 1280, 720


def generate(seed):
    """One scene: (detections, truth), each {frame: [(x, y, w, h, score or id)]}, frames from 1."""
    rng = random.Random(seed)
    objects = []
    for ident in range(1, rng.randint(2, 7) + 1):
        size = rng.uniform(30, 140)
        left = rng.random() < 0.5
        objects.append({
            "id": ident, "size": size, "y": rng.uniform(size, HEIGHT - size),
            "x": rng.uniform(50, 400) if left else rng.uniform(880, 1230),
            "vx": (1 if left else -1) * rng.uniform(0, 0.035) * size, "vy": rng.uniform(-0.3, 0.3),
            "enter": rng.choice([1, 1, rng.randint(1, 150)]), "miss": rng.uniform(0, 0.12),
            "doubt": rng.uniform(0, 0.2), "hidden": (0, 0)})
        if rng.random() < 0.4:
            start = rng.randint(40, 250)
            objects[-1]["hidden"] = (start, start + rng.randint(3, 45))
    detections, truth = {}, {}
    for frame in range(1, FRAMES + 1):
        detections[frame], truth[frame] = [], []
        boxes = []
        for o in objects:
            o["x"] += o["vx"] + rng.gauss(0, 0.004 * o["size"])
            o["y"] += o["vy"] + rng.gauss(0, 0.004 * o["size"])
            if not 0 < o["x"] < WIDTH:
                o["vx"] = -o["vx"]
            if frame >= o["enter"] and not o["hidden"][0] <= frame < o["hidden"][1]:
                boxes.append((o, (o["x"] - o["size"] / 2, o["y"] - o["size"] * 0.6,
                                  o["size"], o["size"] * 1.2)))
        for i, (o, box) in enumerate(boxes):
            truth[frame].append(box + (o["id"],))
            covered = max([iou(box, other) for j, (_, other) in enumerate(boxes) if j > i] + [0])
            if rng.random() < o["miss"] or covered > 0.7:
                continue
            score = rng.uniform(0.15, 0.6) if rng.random() < o["doubt"] + covered else \
                rng.uniform(0.72, 0.98)
            noisy = [v + rng.gauss(0, 0.02 * o["size"]) for v in box]
            detections[frame].append(tuple(noisy) + (score,))
        if rng.random() < 0.08:
            size = rng.uniform(20, 90)
            detections[frame].append((rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), size,
                                      1.2 * size, rng.uniform(0.2, 0.85)))
    return detections, truth


def iou(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a[2] * a[3] + b[2] * b[3] - width * height)


def read_tracks(path):
    detections = {}
    with open(path, encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            frame = json.loads(line)
            detections[frame["n"] + 1] = [tuple(f["box"]) + (f["score"],) for f in frame["faces"]]
    return detections


def read_truth(path, frames):
    truth, ignored = {f: [] for f in frames}, {f: [] for f in frames}
    with open(path, newline="", encoding="utf-8") as lines:
        for row in csv.reader(lines):
            frame, ident = int(row[0]), int(row[1])
            if frame in truth:
                where = truth if float(row[6]) > 0 else ignored
                where[frame].append(tuple(map(float, row[2:6])) + (ident,))
    return truth, ignored


def run_ours(driver, detections):
    # Ours trusts the very first frame as the paper's does, theirs never: an empty one goes before.
    text = "".join(f"{frame + 1},{x!r},{y!r},{w!r},{h!r},{score!r}\n"
                   for frame in sorted(detections) for x, y, w, h, score in detections[frame])
    options = [f"high_score={HIGH}", f"low_score={LOW}", f"new_score={NEW}", f"lost_frames={LOST}",
               f"match_first={1 - MIN_IOU}", f"match_second={1 - MIN_IOU}",
               f"match_new={1 - MIN_IOU}"]
    out = subprocess.run([driver, *options], input=text, capture_output=True, text=True, check=True)
    tracks = {frame: [] for frame in detections}
    for line in out.stdout.splitlines():
        frame, ident, *box = line.split(",")
        tracks[int(frame) - 1].append(tuple(map(float, box)) + (int(ident),))
    return tracks


def run_theirs(detections):
    tracker = ByteTrackTracker(
        lost_track_buffer=LOST, frame_rate=30, track_activation_threshold=NEW,
        minimum_consecutive_frames=2, minimum_iou_threshold=MIN_IOU, high_conf_det_threshold=HIGH)
    tracks = {}
    for frame in sorted(detections):
        seen = [d for d in detections[frame] if d[4] >= LOW]
        boxes = np.array([[x, y, x + w, y + h] for x, y, w, h, _ in seen]).reshape(-1, 4)
        result = tracker.update(sv.Detections(
            xyxy=boxes, confidence=np.array([d[4] for d in seen], dtype=float),
            class_id=np.zeros(len(seen), dtype=int)))
        tracks[frame] = [(b[0], b[1], b[2] - b[0], b[3] - b[1], int(i))
                         for b, i in zip(result.xyxy, result.tracker_id) if i >= 0]
    return tracks


def identity_counts(tracks, truth, ignored=None):
    """(2 IDTP, boxes tracked + boxes in truth): the identity F1 is their quotient."""
    if ignored:
        tracks = {f: [b for b in tracks[f]
                      if not any(iou(b, i) > 0.3 for i in ignored[f])] for f in tracks}
    common, rows, columns = {}, {}, {}
    for frame, boxes in truth.items():
        for box in boxes:
            for other in tracks[frame]:
                if iou(box, other) >= 0.5:
                    key = (box[4], other[4])
                    common[key] = common.get(key, 0) + 1
    for a, b in common:
        rows.setdefault(a, len(rows))
        columns.setdefault(b, len(columns))
    table = np.zeros((len(rows), len(columns)))
    for (a, b), count in common.items():
        table[rows[a], columns[b]] = count
    matched = table[linear_sum_assignment(table, maximize=True)].sum()
    total = sum(map(len, truth.values())) + sum(map(len, tracks.values()))
    return 2 * matched, total


def compare(name, driver, cases, both_ways):
    ours, theirs = np.zeros(2), np.zeros(2)
    for detections, truth, ignored in cases:
        ours += identity_counts(run_ours(driver, detections), truth, ignored)
        theirs += identity_counts(run_theirs(detections), truth, ignored)
    a, b = ours[0] / ours[1], theirs[0] / theirs[1]
    fine = b - a <= ALLOWED and (a - b <= ALLOWED or not both_ways)
    print(f"{name}: IDF1 ours {a:.4f}, theirs {b:.4f}, difference {a - b:+.4f}"
          f"{'' if fine else f': more than {ALLOWED}'}")
    return fine


def main():
    driver, files = sys.argv[1], sys.argv[2:]
    fine = compare(f"{SCENES} generated scenes", driver,
                   [generate(seed) + (None,) for seed in range(SCENES)], True)
    for tracks, truth in zip(files[::2], files[1::2]):
        detections = read_tracks(tracks)
        fine &= compare(tracks, driver, [(detections, *read_truth(truth, detections))],
                        False)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    if len(sys.argv) < 2 or len(sys.argv) % 2:
        sys.exit(__doc__)
    main()
