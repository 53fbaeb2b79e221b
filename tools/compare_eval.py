#!/usr/bin/env python3
"""Compares what `dualface eval` says of identities with what motmetrics and trackeval say of the same files.

Usage: tools/compare_eval.py DUALFACE [TRUTH TRACKS]...

Scenes are generated from fixed seeds: faces that cross, are exchanged, missed, badly placed, or not known yet,
false alarms, hidden faces and photos. Besides, each pair of files is compared. IDF1 and switches must be those
of motmetrics, IDF1, HOTA, AssA and DetA those of trackeval, to the six digits that eval prints. Speaks TAP.

Needs what tests/tools/eval_requirements.txt pins: python3 -m venv DIR, then
DIR/bin/pip install --require-hashes -r tests/tools/eval_requirements.txt
Without them everything is skipped. deps/eval-venv is used where it is there.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
VENV = pathlib.Path(os.environ.get("DUALFACE_DEPS", ROOT / "deps")) / "eval-venv"
SCENES, FRAMES, WIDTH, HEIGHT = 24, 200, 1280, 720
POINTS = [[0, 0]] * 5
TOLERANCE = 1.5e-6


def enter_venv():
    """Goes on in the environment that has the packages, or skips."""
    python = VENV / "bin" / "python"
    try:
        import motmetrics  # noqa: F401
        import trackeval  # noqa: F401
    except ImportError:
        if python.exists() and os.environ.get("DUALFACE_EVAL_VENV") != "entered":
            os.environ["DUALFACE_EVAL_VENV"] = "entered"
            os.execv(python, [str(python), *sys.argv])
        print("1..0 # SKIP motmetrics and trackeval are not installed")
        sys.exit(0)


def generate(seed):
    """A truth file and a tracks file as lists of objects."""
    rng = random.Random(seed)
    people = [{"id": "A", "seat": "left"}, {"id": "B", "seat": "right"}]
    others = [{"id": f"other {i}", "kind": rng.choice(["person", "person", "photo"])}
              for i in range(rng.randint(0, 4))]
    header = {"dualface_truth": 1, "width": WIDTH, "height": HEIGHT, "time_base": "1/30",
              "people": people, "others": others, "seed": seed, "script": "random"}
    bodies = [{"id": entry["id"], "list": where, "size": rng.uniform(40, 160),
               "x": rng.uniform(0, WIDTH), "y": rng.uniform(100, 600), "vx": rng.gauss(0, 6),
               "person": person, "away": (a := rng.randint(0, FRAMES), a + rng.randint(0, 60))}
              for person, (where, entry) in enumerate(
                  [("people", e) for e in people] + [("others", e) for e in others])]
    truth, tracks = [header], [{"dualface": 1, "input": "x.mp4", "width": WIDTH, "height": HEIGHT,
                                "time_base": "1/30", "people": []}]
    for n in range(FRAMES):
        true = {"n": n, "t": n / 30, "cut": False, "people": [], "others": []}
        faces = []
        if rng.random() < 0.03:  # two are taken for each other from now on
            one, two = rng.sample(bodies, 2)
            one["person"], two["person"] = two["person"], one["person"]
        for i, body in enumerate(bodies):
            body["x"] += body["vx"]
            if not 0 < body["x"] < WIDTH - 20:
                body["vx"] = -body["vx"]
                body["x"] = min(max(body["x"], 0), WIDTH - 20)
            if body["away"][0] <= n < body["away"][1]:
                continue
            box = [body["x"], body["y"], body["size"], 1.2 * body["size"]]
            true[body["list"]].append({"id": body["id"], "visible": rng.random() > 0.05, "box": box})
            if rng.random() < 0.1:
                continue
            noise = rng.choice([0.02, 0.05, 0.2]) * body["size"]
            known = None if rng.random() < 0.1 else person_name(body["person"])
            faces.append({"track": rng.choice([None, 100 + i]), "person": known, "score": 0.9,
                          "box": [v + rng.gauss(0, noise) if k < 2 else v * rng.uniform(0.9, 1.1)
                                  for k, v in enumerate(box)], "points": POINTS})
        if rng.random() < 0.1:
            faces.append({"track": 1000 + n, "person": None, "score": 0.5, "points": POINTS,
                          "box": [rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), 80, 100]})
        rng.shuffle(faces)
        half = {"person": "A", "face": None, "window": [0, 0, 640, 720], "state": "held"}
        truth.append(true)
        tracks.append({"n": n, "pts": n, "t": n / 30, "cut": False, "faces": faces, "left": half,
                       "right": half})
    return truth, tracks


def person_name(index):
    return "ABCDEFGHIJ"[index]


def read(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines()]


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def in_picture(np, boxes, header):
    """The boxes as far as they lie in the picture, in the precision of the program."""
    x, y, w, h = np.array(boxes, dtype=np.float32).reshape(-1, 4).T
    left, top = np.maximum(x, 0), np.maximum(y, 0)
    size = np.minimum(x + w, np.float32(header["width"])) - left, np.minimum(y + h, np.float32(header["height"])) - top
    clipped = np.stack([left, top, *size], axis=1)
    return np.where(clipped[:, 2:].min(axis=1, keepdims=True) > 0, clipped, 0).astype(float)


def overlaps(np, a, b):
    """Intersection over union of each box of a with each of b."""
    size = [np.minimum(a[:, None, k] + a[:, None, k + 2], b[None, :, k] + b[None, :, k + 2]) -
            np.maximum(a[:, None, k], b[None, :, k]) for k in (0, 1)]
    common = np.clip(size[0], 0, None) * np.clip(size[1], 0, None)
    whole = (a[:, 2] * a[:, 3])[:, None] + (b[:, 2] * b[:, 3])[None, :] - common
    return common / whole


def sequences(np, solve, truth, tracks):
    """Frame by frame (true ids, found ids, overlaps), with what is not asked for taken out as docs/eval.md says."""
    photos = {entry["id"] for entry in truth[0].get("others", []) if entry["kind"] == "photo"}
    names, lonely = {}, 0
    for true, found in zip(truth[1:], tracks[1:]):
        real = [f for f in true["people"] + true.get("others", []) if f.get("box")]
        asked = np.array([f["visible"] and f["id"] not in photos for f in real], dtype=bool)
        iou = overlaps(np, in_picture(np, [f["box"] for f in real], truth[0]),
                       in_picture(np, [f["box"] for f in found["faces"]], truth[0]))
        rows, columns = solve(-np.where(iou >= 0.5, iou, 0))
        kept = np.ones(len(found["faces"]), dtype=bool)
        for r, c in zip(rows, columns):
            kept[c] &= asked[r] or iou[r, c] < 0.5
        found_ids = []
        for face in found["faces"]:
            lonely += 1
            found_ids.append(("person", face["person"]) if face["person"] else
                             ("track", face["track"]) if face["track"] else ("nobody", lonely))
        found_ids = [i for i, keep in zip(found_ids, kept) if keep]
        true_ids = [("true", f["id"]) for f, wanted in zip(real, asked) if wanted]
        yield ([names.setdefault(i, len(names)) for i in true_ids],
               [names.setdefault(i, len(names)) for i in found_ids], iou[asked][:, kept])


def by_motmetrics(np, frames):
    import motmetrics
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for true_ids, found_ids, iou in frames:
        accumulator.update(true_ids, found_ids, np.where(iou >= 0.5, 1 - iou, np.nan))
    summary = motmetrics.metrics.create().compute(accumulator, metrics=["idf1", "num_switches"])
    return {"idf1": float(summary["idf1"].iloc[0]), "switches": int(summary["num_switches"].iloc[0])}


def by_trackeval(np, frames):
    import trackeval
    true_names, found_names = {}, {}
    data = {"gt_ids": [], "tracker_ids": [], "similarity_scores": []}
    for true_ids, found_ids, iou in frames:
        data["gt_ids"].append(np.array([true_names.setdefault(i, len(true_names)) for i in true_ids], dtype=int))
        data["tracker_ids"].append(
            np.array([found_names.setdefault(i, len(found_names)) for i in found_ids], dtype=int))
        data["similarity_scores"].append(iou)
    data.update(num_gt_ids=len(true_names), num_tracker_ids=len(found_names),
                num_gt_dets=sum(map(len, data["gt_ids"])),
                num_tracker_dets=sum(map(len, data["tracker_ids"])))
    hota = trackeval.metrics.HOTA().eval_sequence(data)
    identity = trackeval.metrics.Identity({"PRINT_CONFIG": False}).eval_sequence(data)
    return {"idf1": float(identity["IDF1"]), "hota": float(np.mean(hota["HOTA"])),
            "assa": float(np.mean(hota["AssA"])), "deta": float(np.mean(hota["DetA"]))}


def differences(np, solve, program, truth_path, tracks_path):
    frames = list(sequences(np, solve, read(truth_path), read(tracks_path)))
    out = subprocess.run([program, "eval", truth_path, tracks_path, "--json"], capture_output=True,
                         text=True, check=False)
    if out.returncode:
        return [out.stderr.strip()]
    ours = json.loads(out.stdout)
    wrong = []
    for who, theirs in (("motmetrics", by_motmetrics(np, frames)), ("trackeval", by_trackeval(np, frames))):
        wrong += [f"{key}: ours {ours[key]}, {who} {value}" for key, value in theirs.items()
                  if not abs(ours[key] - value) <= TOLERANCE]
    return wrong


def main():
    enter_venv()
    import numpy as np
    from scipy.optimize import linear_sum_assignment as solve
    program, files = os.path.abspath(sys.argv[1]), sys.argv[2:]
    failed = 0
    print(f"1..{SCENES + len(files) // 2}", flush=True)
    with tempfile.TemporaryDirectory(prefix="dualface-eval-") as folder:
        cases = []
        for seed in range(SCENES):
            paths = [pathlib.Path(folder) / f"{kind}{seed}.jsonl" for kind in ("truth", "tracks")]
            for path, lines in zip(paths, generate(seed)):
                write(path, lines)
            cases.append((f"generated scene {seed}", *paths))
        cases += [(tracks, truth, tracks) for truth, tracks in zip(files[::2], files[1::2])]
        for number, (name, truth, tracks) in enumerate(cases, 1):
            wrong = differences(np, solve, program, truth, tracks)
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} - {name} is judged as by motmetrics and trackeval",
                  flush=True)
            for line in wrong:
                print(f"# {line}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    if len(sys.argv) < 2 or len(sys.argv) % 2:
        sys.exit(__doc__)
    main()
