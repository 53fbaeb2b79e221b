"""Several videos in one call: what is named, what becomes of each, and what a second call does."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import harness
from harness import dualface, fail_with, succeed, tests_of, times, video

SMALL = ("--size", "320x180", "--profile", "realtime")


def clip(clips, number):
    """Two seconds, each number another part of the footage."""
    return clips.make(f"part{number}.mp4", "-vf", "scale=320:180", "-c:v", "libx264", "-preset", "ultrafast",
                      "-c:a", "aac", start=2 * number)


def fill(clips, folder, count):
    folder.mkdir()
    for number in range(count):
        shutil.copy(clip(clips, number), folder / f"v{number}.mp4")
    return folder


def lines_of(outcome, kind):
    return [line for line in map(json.loads, outcome.out.splitlines()) if line["type"] == kind]


def events_in(path):
    return list(map(json.loads, path.read_text().splitlines()))


def kinds_of(events, name, *wanted):
    """Of one input, or of all (None); but how it got on."""
    return [event["kind"] for event in events if name in (None, event["input"] and pathlib.Path(event["input"]))
            and event["kind"] != "progress" and (not wanted or event["kind"] in wanted)]


def a_folder_with_everything_in_it(clips, folder):
    source, out = folder / "in", folder / "out"
    fill(clips, source, 2)
    deep = source / "deep er"
    deep.mkdir()
    shutil.copy(clip(clips, 2), deep / "v0.mp4")  # a name that is there already
    shutil.copy(clip(clips, 3), deep / "grüße\nan alle.mp4")
    (source / "notes.txt").write_text("no video")
    (source / "empty.mov").touch()
    (source / "broken.mp4").write_bytes(clip(clips, 0).read_bytes()[:3000])
    (source / ".hidden.mp4").touch()
    (deep / "round").symlink_to(source)
    outcome = dualface("run", source, "-o", out, "--json", *SMALL)
    assert outcome.code == 1, outcome
    made = sorted(path.name for path in out.iterdir())
    assert made == ["grüße\nan alle-split.mp4", "v0-2-split.mp4", "v0-split.mp4", "v1-split.mp4"], made
    for path in out.iterdir():
        assert len(times(path)) == 60 and video(path)["width"] == 320, path
    total = outcome.result
    assert total["type"] == "summary" and not total["ok"] and total["exit"] == 1, total
    assert (total["done"], total["failed"], total["skipped"]) == (4, 2, 1), total
    assert len(lines_of(outcome, "result")) == 4
    said = outcome.err
    for word in ("broken.mp4", "empty.mov", "notes.txt"):
        assert word in said, outcome
    assert ".hidden" not in said and "round" not in said and "\nan alle" not in said, outcome


def what_is_done_is_not_done_again(clips, folder):
    source, out = fill(clips, folder / "in", 3), folder / "out"
    call = ("run", source, "-o", out, "--json", *SMALL)
    assert succeed(*call).result["done"] == 3
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    total = succeed(*call).result
    assert (total["done"], total["done_before"]) == (0, 3), total
    (out / "v1-split.mp4").unlink()
    shutil.copy(clip(clips, 4), source / "new.mp4")
    total = succeed(*call).result
    assert (total["done"], total["done_before"]) == (2, 2), total
    assert {name: (out / name).stat().st_mtime_ns for name in ("v0-split.mp4", "v2-split.mp4")} == {
        name: before[name] for name in ("v0-split.mp4", "v2-split.mp4")}
    # Another order; what is there stays unless it may be replaced.
    outcome = dualface(*call, "--swap")
    assert outcome.code == 1 and outcome.result["failed"] == 4, outcome
    assert succeed(*call, "--swap", "--overwrite").result["done"] == 4


def lists_and_names(clips, folder):
    fill(clips, folder / "in", 3)
    (folder / "jobs.txt").write_text("# two of them\nin/v1.mp4\n\nin/v2.mp4\nin/v1.mp4\n")
    outcome = succeed("run", folder / "in" / "v0.mp4", "--list", folder / "jobs.txt", "-o", folder / "out",
                      "--streams", "2", "--json", *SMALL)
    assert outcome.result["done"] == 3, outcome
    assert sorted(path.name for path in (folder / "out").iterdir()) == [f"v{n}-split.mp4" for n in range(3)]
    fail_with(2, "run", folder / "in" / "v0.mp4", folder / "in" / "v1.mp4", "-o", folder / "jobs.txt",
              says="folder")
    fail_with(1, "run", "--list", folder / "none.txt", "-o", folder / "out", says="none.txt")
    fail_with(2, "run", folder / "in", "x.mp4", "-o", folder / "out", "--tracks", folder / "t.jsonl",
              says="--tracks")
    missing = dualface("run", folder / "in" / "v0.mp4", folder / "gone.mp4", "-o", folder / "out", *SMALL)
    assert missing.code == 1 and "gone.mp4" in missing.err, missing


def the_same_comes_out_alone_and_in_company(clips, folder):
    source = fill(clips, folder / "in", 2)
    alone = succeed("run", source / "v0.mp4", "-o", folder / "alone.mp4", "--md5", "--json", *SMALL).result["md5"]
    outcome = succeed("run", source, "-o", folder / "out", "--md5", "--json", "--streams", "2", *SMALL)
    sums = {os.path.basename(line["output"]): line["md5"] for line in lines_of(outcome, "result")}
    assert sums["v0-split.mp4"] == alone, (sums, alone)


def start(*arguments):
    return subprocess.Popen([harness.PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def start_with(arguments, fault):
    return subprocess.Popen([harness.PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env={**os.environ, "DUALFACE_FAULT": fault})


def finish(process):
    out, err = process.communicate(timeout=harness.TIMEOUT)
    process.stdout, process.stderr = out, err
    return json.loads(out.decode().strip().splitlines()[-1]) if out.strip() else None


def two_processes_share_the_work(clips, folder):
    source, out = fill(clips, folder / "in", 6), folder / "out"
    call = ("run", source, "-o", out, "--json", "--streams", "1", *SMALL)
    both = [start(*call), start(*call)]
    totals = [finish(process) for process in both]
    assert [process.returncode for process in both] == [0, 0], totals
    assert sum(total["done"] for total in totals) == 6, totals
    assert len(list(out.iterdir())) == 6


def wait_for_outputs(out, count, process):
    while len(list(out.glob("*-split.mp4")) if out.exists() else []) < count and process.poll() is None:
        time.sleep(0.01)


def after_a_stop_or_a_kill_it_goes_on(clips, folder):
    source, out = fill(clips, folder / "in", 6), folder / "out"
    call = ("run", source, "-o", out, "--json", "--streams", "2", *SMALL)
    done = 0
    for how, code in ((signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)):
        process = start(*call)
        wait_for_outputs(out, done + 2, process)
        process.send_signal(how)
        finish(process)
        assert process.returncode in (code, 0), (process.returncode, process.stderr)
        done = len(list(out.glob("*-split.mp4")))
    total = succeed(*call).result
    assert total["done"] + total["done_before"] == 6, total
    for path in out.glob("*-split.mp4"):
        assert len(times(path)) == 60, path
    assert sorted(path.name for path in out.iterdir() if not path.name.startswith(".")) == [
        f"v{n}-split.mp4" for n in range(6)]


def what_kills_the_program_is_given_up_alone(clips, folder):
    source, out = fill(clips, folder / "in", 4), folder / "out"
    call = ("run", source, "-o", out, "--json", "--streams", "4", *SMALL)
    fault = {**os.environ, "DUALFACE_FAULT": "encode@20:crash/v1.mp4"}
    outcome = dualface(*call, "--supervise", "--events", folder / "events", env=fault)
    assert outcome.code == 1 and "v1.mp4" in outcome.err and "dualface jobs retry" in outcome.err, outcome
    assert outcome.err.count("ended the program 3 times") == 1, outcome
    events = events_in(folder / "events")
    assert kinds_of(events, None).count("worker-restarted") == 3, events
    assert kinds_of(events, source / "v1.mp4") == ["started", "restarted", "restarted", "quarantined"], events
    for n in (0, 2, 3):
        assert kinds_of(events, source / f"v{n}.mp4")[-1] == "finished", events
    assert sorted(path.name for path in out.iterdir()) == [f"v{n}-split.mp4" for n in (0, 2, 3)]
    for path in out.iterdir():
        assert len(times(path)) == 60, path
    again = dualface(*call)
    assert again.code == 1 and again.result["done_before"] == 3 and again.result["failed"] == 1, again


def after_one_crash_all_go_on_as_before(clips, folder):
    source, out = fill(clips, folder / "in", 3), folder / "out"
    fault = {**os.environ, "DUALFACE_FAULT": "encode@20*1:crash/v1.mp4"}
    outcome = succeed("run", source, "-o", out, "--json", "--streams", "3", *SMALL, "--supervise", "--events",
                      folder / "events", env=fault)
    assert outcome.err.count("the worker crashed") == 1, outcome
    events = events_in(folder / "events")
    assert kinds_of(events, source / "v1.mp4") == ["started", "restarted", "finished"], events
    assert len(list(out.iterdir())) == 3


def out_of_memory_is_done_again_with_less_beside_it(clips, folder):
    source, out = fill(clips, folder / "in", 4), folder / "out"
    fault = {**os.environ, "DUALFACE_FAULT": "compose@20:enomem/v1.mp4"}
    outcome = succeed("run", source, "-o", out, "--events", "-", "--json", "--streams", "2", *SMALL, env=fault)
    events = lines_of(outcome, "event")
    assert kinds_of(events, source / "v1.mp4") == ["started", "streams-fewer", "waiting", "restarted", "finished"], events
    assert outcome.result["recoveries"] == {"streams-fewer": 1, "streams-more": 1}, outcome
    assert outcome.err.count("fewer streams") == 1 and len(list(out.iterdir())) == 4, outcome


def what_happens_is_told_as_it_happens(clips, folder):
    source, out = fill(clips, folder / "in", 3), folder / "out"
    fault = {**os.environ, "DUALFACE_FAULT": "decode@10/v0.mp4,encode@9/v1.mp4,mux-write@20/v2.mp4"}
    outcome = dualface("run", source, "-o", out, "--events", "-", "--json", "--streams", "3", *SMALL, env=fault)
    assert outcome.code == 1, outcome
    events = lines_of(outcome, "event")
    assert kinds_of(events, source / "v0.mp4") == ["started", "damaged", "finished"], events
    assert kinds_of(events, source / "v1.mp4") == ["started", "failed"], events
    assert kinds_of(events, source / "v2.mp4") == ["started", "disk-full", "failed"], events
    assert all(event["recovery"] == (event["kind"] in ("damaged", "disk-full")) for event in events), events
    assert [event["time"] for event in events] == sorted(event["time"] for event in events), events
    assert outcome.result["type"] == "summary" and outcome.result["recoveries"] == {"damaged": 1, "disk-full": 1}
    # Another run adds to the file; what holds something else stays as it is.
    for count, fault in enumerate(("mux-write+/v2.mp4", ""), 1):
        dualface("run", source, "-o", out, "--events", folder / "events", *SMALL,
                 env={**os.environ, "DUALFACE_FAULT": fault})
        assert kinds_of(events_in(folder / "events"), None, "finished") == ["finished"] * count, count
    fail_with(1, "run", source, "-o", out, "--events", source / "v0.mp4", *SMALL, says="something else")
    fail_with(2, "run", source, "-o", out, "--events", "-", *SMALL, says="--json")
    if os.path.exists("/dev/full"):
        outcome = succeed("run", source, "-o", out, "--events", "/dev/full", "--swap", "--overwrite", *SMALL)
        assert outcome.err.count("events are not written") == 1, outcome


def one_that_fails_disturbs_no_other(clips, folder):
    source, alone = fill(clips, folder / "in", 4), {}
    for path in source.iterdir():
        alone[path.stem] = succeed("run", path, "-o", folder / path.name, "--md5", "--json", *SMALL).result["md5"]
    for point in ("read@20", "decode@20", "detect@20", "embed", "compose@20", "encode-open", "encode@20",
                  "mux-header", "mux-write@20"):
        out = folder / point
        fault = {**os.environ, "DUALFACE_FAULT": f"{point}/v1.mp4"}
        outcome = dualface("run", source, "-o", out, "--md5", "--json", "--streams", "4", *SMALL, env=fault)
        sums = {os.path.basename(line["input"])[:-4]: line["md5"] for line in lines_of(outcome, "result") if line["ok"]}
        sums.pop("v1", None)
        assert sums == {name: md5 for name, md5 in alone.items() if name != "v1"}, (point, sums, outcome)
        assert outcome.code == (1 if outcome.result["failed"] else 0), outcome
        assert outcome.result["done"] == 4 or not (out / "v1-split.mp4").exists(), outcome


def a_kill_between_the_name_and_the_ledger_is_gone_over(clips, folder):
    source, out = fill(clips, folder / "in", 2), folder / "out"
    call = ("run", source, "-o", out, "--json", "--streams", "1", *SMALL)
    process = start_with(call, "named")
    finish(process)
    assert process.returncode == -signal.SIGKILL and len(list(out.iterdir())) == 1
    assert succeed(*call).result["done"] == 2
    # What somebody else put there is not touched.
    stranger = folder / "in" / "v9.mp4"
    shutil.copy(clip(clips, 3), stranger)
    (out / "v9-split.mp4").write_text("mine")
    os.utime(out / "v9-split.mp4", (1e9, 1e9))
    outcome = dualface(*call)
    assert outcome.code == 1 and "exists" in outcome.err, outcome
    assert (out / "v9-split.mp4").read_text() == "mine"


def a_state_that_cannot_be_used_is_said(clips, folder):
    source = fill(clips, folder / "in", 2)
    call = ("run", source, "-o", folder / "out", *SMALL)
    state = folder / "state"
    state.mkdir()
    (state / "ledger.db").write_bytes(b"no ledger at all" * 500)
    fail_with(1, *call, "--state", state, says="ledger.db")
    assert (state / "ledger.db").read_bytes().startswith(b"no ledger")
    (folder / "file").touch()
    fail_with(1, *call, "--state", folder / "file", says="file")


if __name__ == "__main__":
    harness.main(tests_of(globals()))
