"""Faults on purpose (docs/faults.md): each ends in one line that names it, or in the recovery that there is; and
--supervise, which starts again what crashed or hangs."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import harness
from harness import dualface, fail_with, footage, main, pictures_md5, succeed, tests_of, times, tracks

DOUBLES = os.environ["DUALFACE_DOUBLES"]
SMALL = ("--profile", "realtime", "--size", "320x180")


def fault(text, **more):
    return {"env": dict(os.environ, DUALFACE_FAULT=text, **more)}


def on_a_card(text, **more):
    """The same on a machine that has a card, which is a double (see test_gpu.py)."""
    found = os.environ.get("LD_LIBRARY_PATH", "")
    return fault(text, LD_LIBRARY_PATH=f"{DOUBLES}:{found}", XDG_CACHE_HOME=f"{DOUBLES}/cache", **more)


def small_tracks(clips):
    path = clips.folder / "faults.jsonl"
    if not path.exists():
        succeed("analyze", clips.small(), "--tracks", path, "--device", "cpu")
    return path


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def each_point_ends_in_one_line_that_names_it_and_leaves_nothing(clips, folder):
    points = ("read", "read@30", "decode-open", "decode@10:enomem", "detect:enomem", "detect+", "embed:enomem", "embed+",
              "compose+", "compose@7:enomem", "encode-open", "encode-open:enomem", "encode@9", "encode@9:enomem",
              "mux-header", "mux-header:error", "mux-write@30", "mux-write@30:error", "mux-write:enomem",
              "tracks-write@3", "finish", "finish@2:error")
    for point in points:
        name = point.split(":")[0]
        said = f"fault injected at {name.replace('@', ' ').replace('+', '')}"
        fail_with(1, "run", clips.small(), "-o", folder / "out.mp4", "--tracks", folder / "t.jsonl", "--device", "cpu",
                  *SMALL, says=said, **fault(point))
        left = names_in(folder)
        # With finish@2 the tracks, which are whole, have their name before the video's is refused.
        assert left == (["t.jsonl"] if name == "finish@2" else []), (point, left)
        for path in folder.iterdir():
            path.unlink()


def a_look_that_fails_is_as_if_nobody_had_been_there(clips, folder):
    """Also on a card. What is missed in some pictures is bridged."""
    for device, where in (("cpu", fault), ("cuda", on_a_card)):
        result = succeed("run", clips.small(), "-o", folder / "out.mp4", "--tracks", folder / "t.jsonl",
                         "--overwrite", "--json", "--device", device, *SMALL,
                         **where("detect@20,detect@21,detect@40,embed@3")).result
        assert (result["unsearched"], result["unrecognised"], result["undrawn"]) == (3, 1, 0), result
        assert result["frames"] == len(times(folder / "out.mp4")) == 60, result
        assert sum("fault injected at detect 20" in line for line in result["warnings"]) == 1, result
        assert sum("fault injected at embed 3" in line for line in result["warnings"]) == 1, result
        assert sum("more are only counted" in line for line in result["warnings"]) == 2, result
        _, frames = tracks(folder / "t.jsonl")
        states = [f[s]["state"] for f in frames for s in ("left", "right")]
        assert [f["n"] for f in frames if not f["faces"]] == [19, 20, 39], (device, states)
        assert {n // 2 for n, state in enumerate(states) if state == "interpolated"} == {19, 20, 39}, states
        assert set(states) == {"seen", "interpolated"}, states


def a_picture_that_cannot_be_drawn_is_the_one_before(clips, folder):
    for device, where in (("cpu", fault), ("cuda", on_a_card)):
        made = {}
        for name, points in (("plain", "named@1000"), ("broken", "compose@1,compose@11,compose@12,compose@60")):
            out = folder / f"{name}.mkv"
            result = succeed("render", clips.small(), "--tracks", small_tracks(clips), "-o", out, "--overwrite",
                             "--device", device, "--encoder", "software", "--crf", "0", "--json", *SMALL,
                             **where(points)).result
            assert result["undrawn"] == (4 if name == "broken" else 0), result
            made[name] = pictures_md5(out)
        assert sum("fault injected at compose 1" in line for line in result["warnings"]) == 1, result
        expected = [made["plain"][{10: 9, 11: 9, 59: 58}.get(n, n)] for n in range(60)]
        assert made["broken"][1:] == expected[1:] and made["broken"][0] != expected[0], device
        assert len(times(folder / "broken.mkv")) == 60


def what_was_not_seen_is_not_seen_when_the_log_is_replayed(clips, folder):
    options = ("--tracks", folder / "a.jsonl", "--observations", folder / "log", "--device", "cpu")
    succeed("analyze", clips.small(), *options, **fault("detect@9,embed@2"))
    result = succeed("analyze", clips.small(), "--tracks", folder / "b.jsonl", "--replay", folder / "log",
                     "--json").result
    assert (folder / "a.jsonl").read_bytes() == (folder / "b.jsonl").read_bytes()
    assert result["warnings"] == [], result


def a_full_disk_is_called_that(clips, folder):
    for point in ("mux-header", "mux-write@20", "tracks-write", "finish"):
        outcome = fail_with(1, "run", clips.small(), "-o", folder / "out.mp4", "--tracks", folder / "t.jsonl", "--json",
                            *SMALL, says="no space left", **fault(point))
        assert outcome.result["error"]["name"] == "DF_ENOSPACE", outcome


def the_log_of_observations_keeps_what_it_has(clips, folder):
    fail_with(1, "run", clips.small(), "-o", folder / "out.mp4", "--observations", folder / "log", *SMALL,
              says=["observation log", "no space left", "fault injected at observations-write 9"],
              **fault("observations-write@9"))
    assert names_in(folder) == ["log"]


def one_picture_that_cannot_be_decoded_is_counted_and_passed_over(clips, folder):
    result = succeed("run", clips.small(), "-o", folder / "out.mp4", "--json", "--device", "cpu", *SMALL,
                     **fault("decode@10")).result
    assert result["damaged"] >= 1, result
    expect_same_times(folder / "out.mp4", clips.small())
    assert result["frames"] == 60, result


def expect_same_times(path, source):
    """A picture at each time at which the source has one."""
    found, wanted = times(path), times(source)
    assert len(found) == len(wanted), (len(found), len(wanted))
    assert all(abs(a - b) < 0.002 for a, b in zip(found, wanted)), found


def many_pictures_in_a_row_that_cannot_be_decoded_are_stood_in_for(clips, folder):
    for n, faults in enumerate(("decode@20,decode@21,decode@22", "decode@58,decode@59,decode@60", "decode@40")):
        out = folder / f"{n}.mp4"
        result = succeed("run", clips.small(), "-o", out, "--json", "--device", "cpu", *SMALL, **fault(faults)).result
        assert result["damaged"] >= 1, result
        expect_same_times(out, clips.small())


def damaged_packets_end_well(clips, folder):
    outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", "--json", *SMALL, **fault("read@20+:damaged"))
    assert outcome.result["frames"] == len(times(folder / "out.mp4")) == 60, outcome


def a_name_limits_it_to_that_input(clips, folder):
    fail_with(1, "run", clips.small(), "-o", folder / "out.mp4", *SMALL, says="fault injected at encode 9",
              **fault("encode@9/small.mp4"))
    succeed("run", clips.small(), "-o", folder / "out.mp4", *SMALL, **fault("encode@9/other.mp4,read/other.mp4"))


def what_is_wrong_is_said_before_anything_is_done(clips, folder):
    for text, says in (("nonsense", ["nonsense", "read, decode-open, decode", "named"]),
                       ("decode@0", "whole number"), ("decode:enospc", "enomem, crash, kill, hang")):
        fail_with(2, "run", clips.small(), "-o", folder / "out.mp4", says=["DUALFACE_FAULT", *([says] if
                  isinstance(says, str) else says)], **fault(text))
    assert not names_in(folder)


def a_crash_is_one(clips, folder):
    for kind, number in (("crash", signal.SIGABRT), ("kill", signal.SIGKILL)):
        ended = subprocess.run([harness.PROGRAM, "run", clips.small(), "-o", folder / "out.mp4", *SMALL],
                               capture_output=True, timeout=harness.TIMEOUT, **fault(f"compose@5:{kind}"))
        assert ended.returncode == -number, ended
        assert not (folder / "out.mp4").exists()


def nvdec_is_replaced_by_the_cpu(clips, folder):
    result = succeed("render", clips.small(), "--tracks", small_tracks(clips), "-o", folder / "out.mp4", "--json",
                     "--device", "cuda", *SMALL, **on_a_card("decode@10", DUALFACE_DOUBLE_NVCUVID="decode")).result
    assert "fault injected at decode 10" in result["decoder"]["refusal"], result
    assert result["decoder"]["name"] == "CPU" and result["damaged"] == 0, result
    assert len(times(folder / "out.mp4")) == 60, result


def nvenc_is_replaced_by_software(clips, folder):
    arguments = ("render", clips.small(), "--tracks", small_tracks(clips), "-o", folder / "out.mp4", "--json",
                 "--overwrite", "--device", "cuda", *SMALL)
    result = succeed(*arguments, **on_a_card("encode-open")).result
    assert "fault injected at encode-open 1" in result["encoder"]["refusal"], result
    assert result["encoder"]["name"] == "libx264" and len(times(folder / "out.mp4")) == 60, result
    fail_with(1, *arguments, says="fault injected at encode-open 2", **on_a_card("encode-open+"))


def nvenc_that_fails_in_the_middle_is_opened_anew(clips, folder):
    arguments = ("render", clips.small(), "--tracks", small_tracks(clips), "-o", folder / "out.mp4", "--json",
                 "--overwrite", "--device", "cuda", *SMALL)
    result = succeed(*arguments, **on_a_card("encode@20")).result
    assert any("fault injected at encode 20" in line for line in result["warnings"]), result
    assert result["encoder"] == {"name": "h264_nvenc", "refusal": None}, result
    assert len(times(folder / "out.mp4")) == 60, result
    fail_with(1, *arguments, says="fault injected at encode", **on_a_card("encode@20+"))


def of_several_videos_each_recovery_is_told_and_said_once(clips, folder):
    source = folder / "in"
    source.mkdir()
    for n in range(3):
        shutil.copy(clips.small(), source / f"v{n}.mp4")
        os.truncate(source / f"v{n}.mp4", clips.small().stat().st_size)
        with open(source / f"v{n}.mp4", "ab") as file:
            file.write(b"\0\0\0\x0cfree" + bytes([n] * 4))  # three inputs, not one thrice
    call = ("run", source, "-o", folder / "out", "--events", "-", "--json", "--device", "cuda:0", "--streams", "3", *SMALL)
    outcome = succeed(*call, **on_a_card("batch@2,decode@10/v1.mp4", DUALFACE_DOUBLE_NVENC="sessions=0",
                                         DUALFACE_DOUBLE_NVCUVID="decode"))
    events = [line for line in map(json.loads, outcome.out.splitlines()) if line["type"] == "event"]
    told = [(event["kind"], event["input"] and os.path.basename(event["input"])) for event in events if event["recovery"]]
    # Whether the second batch has one picture or several is a matter of who came first: with one there is no smaller
    # batch, and the video that it was of is begun again while fewer go on.
    again = [name for kind, name in told if kind == "streams-fewer"]
    assert told.count(("batch-smaller", None)) + len(again) == 1, told
    to_software = sorted(name for kind, name in told if kind == "encoder-to-software")
    assert sorted(set(to_software)) == ["v0.mp4", "v1.mp4", "v2.mp4"], told
    assert len(to_software) <= 3 + len(again), told
    assert ("decoder-to-cpu", "v1.mp4") in told, told
    assert outcome.result["recoveries"]["encoder-to-software"] == len(to_software), outcome
    assert outcome.err.count("encodes on the CPU") == 1, outcome
    for name in ("v0", "v1", "v2"):
        assert len(times(folder / "out" / f"{name}-split.mp4")) == 60, outcome
    # Without NVDEC it is refused to all from the start, and said of none in particular.
    outcome = succeed(*call, "--overwrite", "--swap", **on_a_card(""))
    assert outcome.result["recoveries"]["decoder-to-cpu"] == 3, outcome
    assert outcome.err.count("the CPU decodes, and pictures are uploaded") == 1, outcome


def a_gpu_that_fails_is_replaced_by_the_cpu_unless_it_was_asked_for(clips, folder):
    for point in ("gpu-open", "gpu-memory"):
        said = f"fault injected at {point} 1"
        outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", "--json", "--overwrite", *SMALL,
                          **on_a_card(point))
        assert outcome.result["device"] == "cpu" and any(said in line for line in outcome.result["warnings"]), outcome
        failed = dualface("run", clips.small(), "-o", folder / "no.mp4", "--device", "cuda", *SMALL, **on_a_card(point))
        assert failed.code in (1, 3) and said in failed.err, failed
        assert names_in(folder) == ["out.mp4"]


def what_nobody_can_do_instead_of_a_card_is_an_error(clips, folder):
    """Also a batch that does not fit with one picture alone."""
    for point in ("batch+", "batch+:error", "detect+", "embed+"):
        fail_with(1, "run", clips.small(), "-o", folder / "out.mp4", "--device", "cuda", *SMALL,
                  says=f"fault injected at {point.split('+')[0].split('@')[0]}", **on_a_card(point))
        assert not names_in(folder)


# --supervise


def a_supervised_run_does_the_same(clips, folder):
    plain = succeed("run", clips.small(), "-o", folder / "plain.mp4", "--md5", "--json", *SMALL).result
    result = succeed("run", clips.small(), "-o", folder / "out.mp4", "--supervise", "--md5", "--json", *SMALL).result
    assert result["md5"] == plain["md5"] and result["frames"] == 60, result
    assert pictures_md5(folder / "out.mp4") == pictures_md5(folder / "plain.mp4")


def what_crashed_is_started_again(clips, folder):
    for number, kind in ((1, "crash"), (2, "kill")):
        outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", "--tracks", folder / "t.jsonl", "--supervise",
                          "--overwrite", "--json", *SMALL, **fault(f"compose@20*{number}:{kind}"))
        assert outcome.err.count("warning: the worker ") == number, outcome
        assert len(times(folder / "out.mp4")) == outcome.result["frames"] == 60, outcome
        assert names_in(folder) == ["out.mp4", "t.jsonl"]


def a_run_that_was_killed_when_all_was_done_is_done(clips, folder):
    """The video has its name, and nothing is left to do but to say so."""
    (folder / "into").mkdir()
    for place, name in ((folder / "out.mp4", "out.mp4"), (folder / "into", "into/small-split.mp4")):
        outcome = succeed("run", clips.small(), "-o", place, "--supervise", "--json", *SMALL, **fault("named*1:kill"))
        assert "when all was done" in outcome.err and outcome.result["ok"] is True, outcome
        assert len(times(folder / name)) == 60
    assert names_in(folder) == ["into", "out.mp4"] and names_in(folder / "into") == ["small-split.mp4"]


def what_was_there_before_is_not_taken_for_done(clips, folder):
    (folder / "out.mp4").write_text("somebody else's")
    outcome = fail_with(1, "run", clips.small(), "-o", folder / "out.mp4", "--supervise", *SMALL, says="exists")
    assert "when all was done" not in outcome.err, outcome
    assert (folder / "out.mp4").read_text() == "somebody else's"


def after_three_crashes_it_gives_up(clips, folder):
    (folder / "into").mkdir()
    outcome = fail_with(1, "run", clips.small(), "-o", folder / "into", "--tracks", folder / "t.jsonl", "--supervise",
                        "--json", *SMALL, says=["small.mp4", "given up after 3 attempts", "1: crashed (SIGABRT)",
                                                "3: crashed (SIGABRT)"], **fault("compose@20:crash"))
    assert outcome.result["ok"] is False and outcome.result["exit"] == 1, outcome
    assert "3 attempts" in outcome.result["error"]["text"], outcome
    assert names_in(folder) == ["into"] and not names_in(folder / "into")


def an_error_is_no_crash_and_is_said_once(clips, folder):
    outcome = fail_with(1, "run", clips.small(), "-o", folder / "out.mp4", "--supervise", *SMALL,
                        says="fault injected at encode 5", **fault("encode@5"))
    assert "worker" not in outcome.err, outcome
    fail_with(1, "run", folder / "missing.mp4", "-o", folder / "out.mp4", "--supervise", says="missing.mp4")
    fail_with(2, "run", clips.small(), "-o", folder / "out.mp4", "--supervise", "--observations", folder / "log",
              says="--overwrite")


def what_hangs_is_ended(clips, folder):
    outcome = dualface("run", clips.small(), "-o", folder / "out.mp4", "--supervise", "--stall", "1", *SMALL,
                       **fault("compose@20:hang"))
    # On a busy machine a worker may be ended before it comes to hang, and says so itself.
    last = outcome.err.splitlines()[-1]
    assert outcome.code == 1 and "3 attempts" in last and "made no picture any more" in last, outcome
    assert not names_in(folder)


def start(*arguments, **options):
    return subprocess.Popen([harness.PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def wait_until(true):
    end = time.monotonic() + harness.TIMEOUT
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def status_of(path):
    """What /proc says of a process: its state and its parent; of one that is gone X."""
    try:
        state, parent = path.joinpath("stat").read_text().rpartition(")")[2].split()[:2]
        return state, int(parent)
    except (OSError, ValueError):
        return "X", 0


def children_of(parent):
    """Those that run."""
    found = [(path, *status_of(path)) for path in pathlib.Path("/proc").glob("[0-9]*")]
    return [path for path, state, its_parent in found if its_parent == parent and state not in "ZX"]


def signals_reach_the_worker(clips, folder):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process = start("run", footage("talk"), "-o", folder / "out.mp4", "--supervise", "--profile", "quality")
        wait_until(lambda: names_in(folder))  # the worker has begun
        process.send_signal(number)
        _, err = process.communicate(timeout=harness.TIMEOUT)
        assert process.returncode == 130 and b"stopped" in err, (number, process.returncode, err)
        assert not names_in(folder), names_in(folder)


def the_second_wish_to_stop_leaves_nothing_either(clips, folder):
    process = start("run", clips.small(), "-o", folder / "out.mp4", "--supervise", *SMALL, **fault("compose@20:hang"))
    wait_until(lambda: names_in(folder))
    while process.poll() is None:  # the first one is in vain, since a thread hangs
        process.send_signal(signal.SIGINT)
        time.sleep(1)
    process.communicate(timeout=harness.TIMEOUT)
    assert process.returncode == 130 and not names_in(folder), (process.returncode, names_in(folder))


def the_worker_dies_with_its_supervisor(clips, folder):
    process = start("run", clips.small(), "-o", folder / "out.mp4", "--supervise", *SMALL, **fault("compose@20:hang"))
    wait_until(lambda: names_in(folder))
    workers = children_of(process.pid)
    assert len(workers) == 1, workers
    process.kill()
    process.communicate(timeout=harness.TIMEOUT)
    wait_until(lambda: status_of(workers[0])[0] in "ZX")


if __name__ == "__main__":
    main(tests_of(globals()))
