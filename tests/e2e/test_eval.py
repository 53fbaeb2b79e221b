"""`dualface eval`: what it prints, what it draws, what it refuses."""

import json
import math

from harness import fail_with, ffmpeg, main, probe, succeed, tests_of

WIDTH, HEIGHT = 1280, 720
FACES = {"A": [200.0, 200.0, 100.0, 120.0], "B": [900.0, 220.0, 100.0, 120.0]}
WINDOWS = {"left": [50.0, 60.0, 400.0, 450.0], "right": [750.0, 80.0, 400.0, 450.0]}


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def truth_of(path, frames, width=WIDTH):
    lines = [{"dualface_truth": 1, "width": width, "height": HEIGHT, "people": [
        {"id": "anna", "seat": "left"}, {"id": "ben", "seat": "right"}], "seed": 1, "script": "still"}]
    for n in range(frames):
        lines.append({"n": n, "t": n / 30, "cut": n == 10, "people": [
            {"id": "anna", "visible": True, "occluded": False, "box": FACES["A"]},
            {"id": "ben", "visible": True, "occluded": False, "box": FACES["B"]}]})
    return write(path, lines)


def tracks_of(path, frames, exchanged=()):
    """Everything is right, but in the frames `exchanged` everybody is taken for the other one."""
    lines = [{"dualface": 1, "input": "x.mp4", "width": WIDTH, "height": HEIGHT, "time_base": "1/30",
              "people": [{"id": "A", "seat": "left"}, {"id": "B", "seat": "right"}]}]
    for n in range(frames):
        names = "BA" if n in exchanged else "AB"
        where = dict(zip(names, FACES.values()))
        sides = dict(zip(names, WINDOWS.values()))
        lines.append({"n": n, "pts": n, "t": n / 30, "cut": False, "faces": [
            {"track": 1 + i, "person": name, "box": box, "score": 0.9, "points": [[0, 0]] * 5}
            for i, (name, box) in enumerate(where.items())], **{
                seat: {"person": name, "face": where[name], "window": sides[name], "state": "seen"}
                for seat, name in (("left", "A"), ("right", "B"))}})
    return write(path, lines)


def what_is_all_right_is_told_so(clips, folder):
    files = truth_of(folder / "truth.jsonl", 120), tracks_of(folder / "tracks.jsonl", 120)
    result = succeed("eval", *files, "--json").result
    assert result["type"] == "result" and result["command"] == "eval" and result["ok"], result
    assert result["frames"] == 120 and result["true_faces"] == result["found_faces"] == 240, result
    assert result["idf1"] == result["hota"] == result["assa"] == 1 and result["switches"] == 0, result
    for half, asked in (("halves", 240), ("left", 120), ("right", 120)):
        assert result[half]["asked"] == asked and result[half]["accuracy"] == 1, result
        assert result[half]["wrong_face_frames"] == 0 and result[half]["delay_mean"] is None, result
    assert result["acceleration"]["p99"] == 0 and result["still_motion"]["mean"] == 0, result
    assert result["cuts"] == 0 and result["cut_alignment"] is None, result
    assert result["false_jumps_a_minute"] == 0, result


def an_exchange_is_seen_in_every_figure(clips, folder):
    files = (truth_of(folder / "truth.jsonl", 60),
             tracks_of(folder / "tracks.jsonl", 60, range(40, 60)))
    result = succeed("eval", *files, "--json").result
    assert math.isclose(result["idf1"], 80 / 120, abs_tol=1e-5) and result["switches"] == 2, result
    assert result["deta"] == 1 and result["assa"] < 0.7, result
    assert math.isclose(result["halves"]["accuracy"], 80 / 120, abs_tol=1e-5), result
    assert result["halves"]["wrong_face_frames"] == result["left"]["wrong_face_frames"] == 20, result
    assert result["false_jumps"] == 2 and result["false_jumps_a_minute"] == 60, result


def people_get_a_table(clips, folder):
    files = truth_of(folder / "truth.jsonl", 30), tracks_of(folder / "tracks.jsonl", 30)
    outcome = succeed("eval", *files)
    assert outcome.err == "", outcome
    for words in ("IDF1", "identity switches", "HOTA", "right person", "safe area", "acceleration",
                  "false jumps"):
        assert words in outcome.out, outcome
    assert succeed("eval", *files, "--quiet").out == ""


def the_plot_is_a_picture_and_replaces_nothing_unasked(clips, folder):
    files = truth_of(folder / "truth.jsonl", 30), tracks_of(folder / "tracks.jsonl", 30)
    plot = folder / "plot.png"
    succeed("eval", *files, "--plot", plot)
    stream = probe(plot, "-show_streams")["streams"][0]
    assert stream["codec_name"] == "png" and stream["width"] == 1600, stream
    before = plot.read_bytes()
    fail_with(1, "eval", *files, "--plot", plot, says="plot.png")
    assert plot.read_bytes() == before
    succeed("eval", *files, "--plot", plot, "--overwrite")
    fail_with(2, "eval", *files, "--plot", files[1], "--overwrite", says=("TRACKS", "--plot"))
    (folder / "link.png").symlink_to(files[0])
    fail_with(2, "eval", *files, "--plot", folder / "link.png", "--overwrite", says=("TRUTH", "--plot"))
    fail_with(1, "eval", *files, "--plot", folder / "none" / "plot.png", says="none")


def other_lengths_are_refused_unless_partial(clips, folder):
    files = truth_of(folder / "truth.jsonl", 40), tracks_of(folder / "tracks.jsonl", 30)
    outcome = fail_with(1, "eval", *files, "--json", says=("40", "30", "--partial"))
    assert outcome.result["error"]["name"] == "DF_EINPUT" and "idf1" not in outcome.result, outcome
    assert succeed("eval", *files, "--json", "--partial").result["frames"] == 30


def what_cannot_be_compared_is_refused(clips, folder):
    truth, tracks = truth_of(folder / "truth.jsonl", 9), tracks_of(folder / "tracks.jsonl", 9)
    fail_with(1, "eval", truth_of(folder / "wide.jsonl", 9, width=1920), tracks, says=("1920x720", "1280x720"))
    fail_with(1, "eval", tracks, truth, says=("tracks.jsonl", "line 1", "dualface_truth"))
    fail_with(1, "eval", folder / "none.jsonl", tracks, says="none.jsonl")
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64", "-frames:v", "1", folder / "picture.png")
    fail_with(1, "eval", truth, folder / "picture.png", says=("picture.png", "line 1"))


def the_command_line_takes_two_files(clips, folder):
    fail_with(2, "eval", says="TRUTH TRACKS")
    fail_with(2, "eval", "a.jsonl", says="TRUTH TRACKS")
    fail_with(2, "eval", "a.jsonl", "b.jsonl", "c.jsonl", says="c.jsonl")
    fail_with(2, "eval", "a.jsonl", "b.jsonl", "--crf", "20", says="--crf is an option of run")
    fail_with(2, "run", "a.mp4", "-o", "b.mp4", "--partial", says="--partial is an option of eval")


if __name__ == "__main__":
    main(tests_of(globals()))
