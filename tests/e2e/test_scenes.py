"""tools/scenes: the scripts, and that what is made is a video with its truth. Where OpenCV is missing none is made."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import harness
from harness import main, probe, succeed, tests_of

TOOLS = harness.ROOT / "tools"
sys.path.insert(0, str(TOOLS))
import scene_scripts  # noqa: E402

SIZE, SECONDS = "640x360", 6


def scenes(*arguments):
    return subprocess.run([sys.executable, TOOLS / "scenes", *map(str, arguments)], capture_output=True, text=True,
                          timeout=harness.TIMEOUT, check=False)


def made(folder, kind, script):
    """A small scene: its video, the header and the lines of its truth."""
    finished = scenes("--set", kind, "--script", script, "--size", SIZE, "--seconds", SECONDS, folder)
    assert finished.returncode == 0, finished.stderr
    scene = folder / f"{kind}-{script}-1.mp4"
    lines = [json.loads(line) for line in scene.with_suffix(".truth.jsonl").read_text().splitlines()]
    return scene, lines[0], lines[1:]


def every_script_is_the_same_for_the_same_seed_only(clips, folder):
    for script in scene_scripts.SCRIPTS:
        one, same, other = (scene_scripts.scene_of("test", script, seed, 20.0) for seed in (1, 1, 2))
        assert one.people == same.people and one.shots == same.shots and one.others == same.others, script
        assert one.people != other.people, script
        for actor in one.people + one.others + ([one.board] if one.board else []):
            times = [point[0] for point in actor.path]
            assert times == sorted(times) and all(point[3] > 0 for point in actor.path), (script, actor)
        starts = [shot.start for shot in one.shots]
        assert starts[0] == 0 and starts == sorted(starts), (script, starts)


def the_sets_have_nobody_in_common(clips, folder):
    for people in (scene_scripts.CAST, scene_scripts.PHOTOS):
        assert not set(people["tune"]) & set(people["test"])


def a_path_rests_before_and_after_and_is_eased_between(clips, folder):
    path = [(1, 10.0), (3, 20.0)]
    assert [scene_scripts.at(path, t) for t in (0, 1, 2, 3, 9)] == [(10,), (10,), (15,), (20,), (20,)]


def a_scene_is_a_video_with_its_truth(clips, folder):
    scene, header, frames = made(folder, "tune", "cuts")
    stream = probe(scene, "-show_streams", "-count_packets")["streams"][0]
    assert (stream["width"], stream["height"]) == (640, 360) == (header["width"], header["height"]), stream
    assert int(stream["nb_read_packets"]) == len(frames) == 30 * SECONDS, stream
    assert [frame["n"] for frame in frames] == list(range(len(frames)))
    assert {person["seat"] for person in header["people"]} == {"left", "right"}, header
    cuts = [frame["n"] for frame in frames if frame["cut"]]
    shots = scene_scripts.scene_of("tune", "cuts", 1, float(SECONDS)).shots
    assert len(cuts) == len(shots) - 1 > 0 and 0 not in cuts, cuts
    assert sorted(path.name for path in folder.iterdir()) == ["tune-cuts-1.mp4", "tune-cuts-1.truth.jsonl"]


def who_is_out_or_hidden_is_not_visible(clips, folder):
    _, header, frames = made(folder, "tune", "leaver")
    away = {p["id"] for p in frames[-1]["people"] if p["box"] is None and not p["visible"]}
    assert len(away) == 1 and all(p["visible"] for p in frames[0]["people"]), frames[-1]
    _, _, frames = made(folder, "tune", "hidden")
    people = [p for frame in frames for p in frame["people"]]
    assert any(p["occluded"] and not p["visible"] and p["box"] for p in people)


def what_is_found_in_a_scene_agrees_with_its_truth(clips, folder):
    scene, _, _ = made(folder, "test", "talk")
    truth, tracks = scene.with_suffix(".truth.jsonl"), folder / "tracks.jsonl"
    succeed("analyze", scene, "--tracks", tracks, "--device", "cpu")
    result = succeed("eval", truth, tracks, "--json").result
    assert result["frames"] == 30 * SECONDS and result["idf1"] > 0.95, result
    assert result["halves"]["accuracy"] > 0.95 and result["halves"]["wrong_face_frames"] == 0, result


def wrong_arguments_are_refused(clips, folder):
    for arguments, says in ((("--size", "641x360", folder), "641x360"), (("--script", "none", folder), "none"),
                            ((), "folder"), (("--seconds", "0", folder), "1 to 600")):
        finished = scenes(*arguments)
        assert finished.returncode == 2 and says in finished.stderr, finished


def has_opencv():
    """Whether scenes can be made, here or in the environment that is there for it, where the tests then go on."""
    python = harness.DEPS / "scenes-venv" / "bin" / "python"
    if importlib.util.find_spec("cv2"):
        return True
    if python.exists() and pathlib.Path(sys.executable) != python:
        os.execv(python, [str(python), *sys.argv])
    return False


if __name__ == "__main__":
    NEEDS_NONE = (every_script_is_the_same_for_the_same_seed_only, the_sets_have_nobody_in_common,
                  a_path_rests_before_and_after_and_is_eased_between, wrong_arguments_are_refused)
    main(tests_of(globals()) if has_opencv() else NEEDS_NONE)
