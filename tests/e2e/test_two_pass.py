"""Two passes: all is seen, then decided, then drawn; what was seen is kept for a run that is broken off."""

import signal
import subprocess
import time

import harness
from harness import (dualface, fail_with, file_md5, main, pictures_md5, probe, stream_md5, streams, succeed,
                     tests_of, times, tracks, video)

ENTRY = 8 + 8 * 8  # bytes of the journal for each segment
QUICK = ("--profile", "realtime", "--device", "cpu")


def analyzed(clips, where):
    """Tracks and log of two passes over the small clip."""
    found, log = where / "t.jsonl", where / "t.obs"
    outcome = succeed("analyze", clips.small(), "--two-pass", "--tracks", found, "--observations", log,
                      "--device", "cpu", "--json")
    return found, log, outcome.result


def seats(path):
    header, frames = tracks(path)
    return [{frame[side]["person"] for frame in frames} for side in ("left", "right")], header, frames


def everybody_is_known_from_the_first_frame(clips, folder):
    found, _, result = analyzed(clips, folder)
    owners, header, frames = seats(found)
    assert len(frames) == result["frames"] == len(times(clips.small())), result
    assert result["people"] == 2 and result["embeddings"] > 0 and result["switches"] == 0, result
    assert all(len(owner) == 1 and None not in owner for owner in owners), owners
    assert owners[0] != owners[1]
    assert {(p["seat"]) for p in header["people"]} == {"left", "right"}, header
    for frame in frames:
        for face in frame["faces"]:
            assert face["person"] is not None, frame


def its_log_gives_the_same_again(clips, folder):
    found, log, _ = analyzed(clips, folder)
    again = folder / "again.jsonl"
    succeed("analyze", clips.small(), "--two-pass", "--replay", log, "--tracks", again)
    assert file_md5(found) == file_md5(again)
    assert sorted(path.name for path in folder.iterdir()) == ["again.jsonl", "t.jsonl", "t.obs"]


def a_log_of_one_pass_will_do(clips, folder):
    log, found = folder / "one.obs", folder / "two.jsonl"
    succeed("analyze", clips.small(), "--observations", log, "--device", "cpu")
    succeed("analyze", clips.small(), "--two-pass", "--replay", log, "--tracks", found)
    owners, _, _ = seats(found)
    assert all(len(owner) == 1 and None not in owner for owner in owners), owners


def a_run_draws_what_was_decided(clips, folder):
    found, log, _ = analyzed(clips, folder)
    out, drawn, by_run, seen = (folder / name for name in ("out.mp4", "drawn.mp4", "run.jsonl", "run.obs"))
    result = succeed("run", clips.small(), "--two-pass", "-o", out, "--tracks", by_run, "--observations", seen,
                     *QUICK, "--json").result
    assert file_md5(by_run) == file_md5(found) and file_md5(seen) == file_md5(log)
    assert result["people"] == 2 and result["output"] == str(out) and result["embeddings"] > 0, result
    succeed("render", clips.small(), "--tracks", found, "-o", drawn, *QUICK)
    assert pictures_md5(out) == pictures_md5(drawn)
    assert (video(out)["width"], video(out)["height"]) == (1920, 1080)
    assert stream_md5(out, "a:0") == stream_md5(clips.small(), "a:0")
    assert len(streams(out)) == 2 and times(out) == times(drawn)
    assert {path.suffix for path in folder.iterdir()} == {".mp4", ".jsonl", ".obs"}, list(folder.iterdir())


def a_run_goes_on_beyond_a_log_that_stops_early(clips, folder):
    _, log, _ = analyzed(clips, folder)
    part, out, whole = folder / "part.obs", folder / "out.mp4", folder / "whole.mp4"
    part.write_bytes(log.read_bytes()[:log.stat().st_size // 2])
    for source, result in ((part, out), (log, whole)):
        succeed("run", clips.small(), "--two-pass", "--replay", source, "-o", result, *QUICK)
    assert len(times(out)) == len(times(clips.small()))
    assert pictures_md5(out) == pictures_md5(whole)


def what_cannot_be_written_is_said_before_anything_is_seen(clips, folder):
    out = folder / "out.mp4"
    out.write_text("mine")
    fail_with(1, "run", clips.small(), "--two-pass", "-o", out, *QUICK, says=(str(out), "--overwrite"))
    assert out.read_text() == "mine" and [p.name for p in folder.iterdir()] == ["out.mp4"]
    for option, name in (("--tracks", "t.jsonl"), ("--observations", "t.obs")):
        (folder / name).write_text("mine")
        outcome = fail_with(1, "run", clips.small(), "--two-pass", "-o", folder / "new.mp4", option, folder / name,
                            *QUICK, says=name)
        assert "first pass" not in outcome.err and not (folder / "new.mp4").exists()
        assert (folder / name).read_text() == "mine"


def break_off(command, is_time):
    """Runs until it is time, and kills."""
    process = subprocess.Popen([harness.PROGRAM, *map(str, command), "-q"], stdin=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + harness.TIMEOUT
    while process.poll() is None and not is_time():
        assert time.monotonic() < deadline, "the moment did not come"
        time.sleep(0.002)
    assert process.poll() is None, f"it ended by itself: {process.returncode}"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=harness.TIMEOUT)


def a_run_broken_off_goes_on_with_what_was_seen(clips, folder):
    state, whole, out = folder / "state", folder / "whole.mp4", folder / "out.mp4"
    options = ("--two-pass", "--segment", "1", "--tracks", folder / "t.jsonl", "--observations", folder / "t.obs", *QUICK)
    succeed("run", clips.small(), "-o", whole, *options)
    sums = [file_md5(folder / name) for name in ("t.jsonl", "t.obs")]
    (folder / "t.jsonl").unlink(), (folder / "t.obs").unlink()
    command = ("run", clips.small(), "-o", out, "--state", state, *options)

    def kept(name):
        found = list(state.glob(f"work/*/{name}"))
        return found[0].stat().st_size if found else 0

    break_off(command, lambda: kept("seeing") > 5000)
    assert kept("seeing") > 5000 and not out.exists()
    before = kept("seeing")
    break_off(command, lambda: kept("decided") > 0)
    assert kept("observations") > before and not kept("seeing") and not kept("seen-before") and not out.exists()
    break_off(command, lambda: kept("journal") > ENTRY)
    outcome = succeed(*command)
    assert "the first pass is already done" in outcome.err and "resumed at" in outcome.err, outcome
    assert pictures_md5(out) == pictures_md5(whole)
    assert [file_md5(folder / name) for name in ("t.jsonl", "t.obs")] == sums
    assert not list(state.glob("work/*")), list(state.glob("work/*/*"))


def segments_may_be_drawn_side_by_side(clips, folder):
    source = clips.make("keys.mp4", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast", "-g", "12",
                        seconds=3)
    one, two = folder / "one.mp4", folder / "two.mp4"
    for out, jobs in ((one, 1), (two, 2)):
        succeed("run", source, "--two-pass", "-o", out, "--segment", "1", "--jobs", jobs, *QUICK)
    assert pictures_md5(one) == pictures_md5(two) and times(one) == times(two)


def nobody_in_the_picture_is_no_failure(clips, folder):
    empty = folder / "empty.mp4"
    harness.ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=1", "-c:v", "libx264", empty)
    found = folder / "t.jsonl"
    result = succeed("run", empty, "--two-pass", "-o", folder / "out.mp4", "--tracks", found, *QUICK,
                     "--json").result
    assert result["people"] == 0 and result["frames"] == 10, result
    owners, header, _ = seats(found)
    assert owners == [{None}, {None}] and header["people"] == [], header
    assert len(times(folder / "out.mp4")) == 10


def two_passes_are_of_run_and_analyze(clips, folder):
    fail_with(2, "render", clips.small(), "--two-pass", "--tracks", folder / "t.jsonl", "-o", folder / "o.mp4",
              says="--two-pass")
    assert dualface("run", "--help").out.count("--two-pass") == 1
    assert probe(clips.small(), "-show_format")["format"]["nb_streams"] == 2


if __name__ == "__main__":
    main(tests_of(globals()))
