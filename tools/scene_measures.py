"""What tools/scenes-check measures: one scene's figures, their sums over many scenes, and the targets.

A scene's figures are what `dualface eval --json` and `dualface analyze --json` say of it, and how often its files say
that somebody was taken for somebody else. Needs nothing but Python.
"""

import collections
import json
import math
from dataclasses import dataclass

TALKS = ("talk", "still", "close", "walker")  # of these what is asked of ordinary talk is asked
NAN = math.nan


@dataclass(frozen=True)
class Measure:
    """`value` takes a list of scenes; the targets are for one pass and for two, None where there is none."""
    key: str
    says: str
    value: object
    relation: str
    one: float
    two: float
    unit: str = ""
    decimals: int = 2

    def target(self, two_pass):
        return self.two if two_pass else self.one

    def is_met(self, value, two_pass):
        """What there is nothing to measure by misses nothing."""
        target = self.target(two_pass)
        if target is None or math.isnan(value):
            return True
        return value <= target + 1e-9 if self.relation == "<=" else value >= target - 1e-9

    def text(self, value):
        return "-" if math.isnan(value) else f"{value:.{self.decimals}f}"


def share(part, whole):
    return 100 * part / whole if whole else NAN


def total(scenes, *path):
    """The sum of a number over all scenes; null counts as nothing."""
    found = 0
    for scene in scenes:
        value = scene["eval"]
        for key in path:
            value = value[key]
        found += value or 0
    return found


def share_of_halves(scenes, key):
    """A share of the frames in which a half's person is visible, over all of them."""
    right = sum((scene["eval"]["halves"][key] or 0) * scene["eval"]["halves"]["asked"] for scene in scenes)
    return share(right, total(scenes, "halves", "asked"))


def delays(scenes):
    """The longest delay of each half that somebody came back to, longest last."""
    halves = [scene["eval"][side] for scene in scenes for side in ("left", "right")]
    return sorted(half["delay_worst"] for half in halves if half["returns"])


def percentile(values, percent):
    """Nearest rank."""
    return values[max(0, math.ceil(len(values) * percent / 100) - 1)] if values else NAN


def share_over(scenes, what, level):
    return share(total(scenes, what, "over", level), total(scenes, what, "frames"))


def worst(scenes, what, key):
    return max((scene["eval"][what][key] for scene in scenes if scene["eval"][what][key] is not None), default=NAN)


def cuts_met(scenes):
    met = sum(scene["eval"]["cuts"] * (scene["eval"]["cut_alignment"] or 0) for scene in scenes)
    return share(met, total(scenes, "cuts"))


def false_jumps(scenes):
    seconds = sum(scene["seconds"] for scene in scenes)
    return 60 * total(scenes, "false_jumps") / seconds if seconds else NAN


def talks(scenes):
    return [scene for scene in scenes if scene["script"] in TALKS]


def embedded(scenes):
    return share(sum(scene["embedded_frames"] for scene in scenes), sum(scene["frames"] for scene in scenes))


def decision_time(scenes):
    frames = sum(scene["frames"] for scene in scenes)
    return 1e6 * sum(scene["decision_seconds"] for scene in scenes) / frames if frames else NAN


def read(path):
    """The header and the frames of a truth or a tracks file."""
    with open(path, encoding="utf-8") as lines:
        header = json.loads(next(lines))
        return header, [json.loads(line) for line in lines]


def iou(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h) if w > 0 < h else 0


def pairs(true, found):
    """(id, face found) of the visible true faces: of those that overlap by half, each other's best."""
    faces = [face for group in ("people", "others") for face in true[group] if face["box"]]
    for face in faces:
        best = max(found["faces"], key=lambda other: iou(other["box"], face["box"]), default=None)
        if face["visible"] and best and iou(best["box"], face["box"]) >= 0.5 and \
                max(faces, key=lambda other: iou(other["box"], best["box"])) is face:
            yield face["id"], best


def swapped_frames(truth, tracks):
    """Frames in which somebody is known as a person who is somebody else: one of the two as anybody but the person of
    the own half, or another one as the person of a half. Who is not known yet is not taken for anybody."""
    (header, true), (_, found) = truth, tracks
    owner = {}
    for side in ("left", "right"):
        named = collections.Counter(frame[side]["person"] for frame in found if frame[side]["person"])
        owner[side] = named.most_common(1)[0][0] if named else None
    seats = {person["id"]: person["seat"] for person in header["people"]}
    count = 0
    for t, f in zip(true, found):
        named = [(seats.get(who), face["person"]) for who, face in pairs(t, f) if face["person"]]
        count += any(name != owner[seat] if seat else name in owner.values() for seat, name in named)
    return count


MEASURES = (
    Measure("swapped_scenes", "scenes with an identity swap",
            lambda s: sum(scene["swapped_frames"] > 0 for scene in s), "<=", 0, 0, decimals=0),
    Measure("accuracy", "right person in the half, of the frames in which visible",
            lambda s: share_of_halves(s, "accuracy"), ">=", 99.5, 99.9, "%", 3),
    Measure("delay_worst", "right person after a return, worst", lambda s: percentile(delays(s), 100),
            "<=", 0.5, 0, "s"),
    Measure("delay_p95", "the same, 95th percentile of the halves", lambda s: percentile(delays(s), 95),
            "<=", 0.5, 0, "s"),
    Measure("wrong_face", "frames in which a half shows the other one's face",
            lambda s: share(total(s, "halves", "wrong_face_frames"), total(s, "frames")), "<=", 0.1, 0, "%", 3),
    Measure("safe", "face in the safe area, of the frames in which visible",
            lambda s: share_of_halves(s, "safe_share"), ">=", 99.5, 99.5, "%", 3),
    Measure("still_moving", "frames in which the window moves though the face is as still as a picture",
            lambda s: share_over([scene for scene in s if scene["script"] == "still"], "still_motion", "0.01"),
            "<=", 0, 0, "%"),
    Measure("rest_moving", "frames in which the window moves though the face stays within a tenth for 2 s",
            lambda s: share_over(s, "still_motion", "0.01"), "<=", None, None, "%"),
    Measure("acceleration_over", "frames with more acceleration than 2 px/frame^2 (two passes: 1)",
            None, "<=", 1, 1, "%"),
    Measure("acceleration_worst", "99th percentile of acceleration, worst scene, px/frame^2",
            lambda s: worst(s, "acceleration", "p99"), "<=", None, None),
    Measure("cuts_met", "cuts re-framed on their exact frame", cuts_met, ">=", 100, 100, "%"),
    Measure("false_jumps_talk", "false re-framings a minute of talk", lambda s: false_jumps(talks(s)), "<=", 0, 0),
    Measure("false_jumps", "false re-framings a minute of all", false_jumps, "<=", None, None),
    Measure("embedded_talk", "frames with an embedding, of talk", lambda s: embedded(talks(s)), "<=", 2, None, "%"),
    Measure("embedded", "frames with an embedding, of all", embedded, "<=", 10, None, "%"),
    Measure("decision_us", "all decisions, a frame on one core (with reading and writing them)", decision_time,
            "<=", 50, 50, "us", 0),
)


def value_of(measure, scenes, two_pass):
    if measure.key == "acceleration_over":
        return share_over(scenes, "acceleration", "1" if two_pass else "2")
    return measure.value(scenes) if scenes else NAN


def figures(scenes, two_pass):
    """All measures of these scenes: {key: {value, target, met}}."""
    found = {}
    for measure in MEASURES:
        value = value_of(measure, scenes, two_pass)
        found[measure.key] = {"value": None if math.isnan(value) else round(value, 6),
                              "target": measure.target(two_pass), "met": measure.is_met(value, two_pass)}
    return found


def misses(scene, two_pass):
    """What is wrong with one scene, in words; only what is wrong in a scene, not what many scenes make up."""
    e, half, said = scene["eval"], scene["eval"]["halves"], []
    limit = 0 if two_pass else 0.5
    frames = half["asked"] * (1 - (half["accuracy"] if half["accuracy"] is not None else 1))
    checks = ((scene["swapped_frames"] > 0, f"somebody is taken for another in {scene['swapped_frames']} frames"),
              (half["accuracy"] is not None and 100 * half["accuracy"] < (99.9 if two_pass else 99.5),
               f"{frames:.0f} of {half['asked']} frames without the right person"),
              ((half["delay_worst"] or 0) > limit + 1e-9, f"{half['delay_worst']} s until the right half after a return"),
              (half["wrong_face_frames"] > (0 if two_pass else 0.001 * e["frames"]),
               f"{half['wrong_face_frames']} frames with the other one's face"),
              (half["safe_share"] is not None and half["safe_share"] < 0.995,
               f"face in the safe area in {100 * (half['safe_share'] or 0):.2f} %"),
              (e["cuts"] > 0 and e["cut_alignment"] < 1, f"{100 * (e['cut_alignment'] or 0):.0f} % of {e['cuts']} cuts met"),
              (e["false_jumps"] > 0, f"{e['false_jumps']} false re-framings"))
    return [text for missed, text in checks if missed]


COLUMNS = (("swaps", "swapped_scenes"), ("right %", "accuracy"), ("delay s", "delay_worst"), ("wrong %", "wrong_face"),
           ("safe %", "safe"), ("rest %", "rest_moving"), ("accel %", "acceleration_over"),
           ("accel", "acceleration_worst"), ("cuts %", "cuts_met"), ("false/min", "false_jumps"),
           ("embed %", "embedded"), ("us", "decision_us"))


def table(scenes, two_pass):
    """One line a script and the total; a figure that misses its target has a star."""
    by_key = {measure.key: measure for measure in MEASURES}
    lines = [f"{'script':<11}{'scenes':>7}" + "".join(f"{title:>11}" for title, _ in COLUMNS)]
    scripts = list(dict.fromkeys(scene["script"] for scene in scenes))
    for name in [*scripts, None]:
        group = [scene for scene in scenes if name in (None, scene["script"])]
        cells = []
        for _, key in COLUMNS:
            value = value_of(by_key[key], group, two_pass)
            cells.append(by_key[key].text(value) + ("" if by_key[key].is_met(value, two_pass) else "*"))
        lines.append(f"{name or 'all':<11}{len(group):>7}" + "".join(f"{cell:>11}" for cell in cells))
    return "\n".join(lines)


def summary(scenes, two_pass):
    """A line a measure: what, value, target."""
    lines = []
    for measure in MEASURES:
        value, target = value_of(measure, scenes, two_pass), measure.target(two_pass)
        wanted = "" if target is None else f"{measure.relation} {target:g}"
        verdict = "" if target is None else "met" if measure.is_met(value, two_pass) else "missed"
        lines.append(f"{measure.says:<82}{measure.text(value):>9} {measure.unit:<2} {wanted:>8}  {verdict}".rstrip())
    return "\n".join(lines)


def markdown(scenes, two_pass):
    """The rows of docs/quality.md's table for these scenes."""
    rows = []
    for measure in MEASURES:
        value, target = value_of(measure, scenes, two_pass), measure.target(two_pass)
        wanted = "" if target is None else f"{measure.relation.replace('<=', '≤').replace('>=', '≥')} {target:g}"
        unit = f" {measure.unit}" if measure.unit and not math.isnan(value) else ""
        verdict = "" if measure.is_met(value, two_pass) else " (missed)"
        rows.append(f"| {measure.says} | {wanted} | {measure.text(value)}{unit}{verdict} |")
    return "\n".join(rows)
