"""Runs that are broken off and taken up: what comes of them is what an unbroken run makes, to the bit.

Moments are found by what is in the work folder, never by the clock.
"""

import os
import resource
import signal
import subprocess
import time

import harness
from harness import (dualface, fail_with, ffmpeg, file_md5, main, pictures_md5, probe, stream_md5, streams,
                     succeed, tests_of, tracks)

QUICK = ("--profile", "realtime")
ENTRY = 8 + 8 * 8  # bytes of the journal for each segment


def six_seconds(clips):
    """With a key frame every 24 pictures: going on begins in mid-file."""
    return clips.make("six.mp4", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast",
                      "-g", "24", "-c:a", "aac", seconds=6)


class Job:
    """A run with a state folder of its own, and how far it has come."""

    def __init__(self, folder, source, name="out.mp4", options=()):
        self.out = folder / name
        self.state = folder / "state"
        self.command = ("run", source, "-o", self.out, "--segment", "1", "--state", self.state,
                        *QUICK, *options)

    def work(self):
        """The work folder; None when there is none."""
        found = list(self.state.glob("work/*"))
        assert len(found) <= 1, found
        return found[0] if found else None

    def segments(self):
        return sorted(self.work().glob("segment-*")) if self.work() else []

    def done(self):
        """How many segments the journal has."""
        journal = self.work() / "journal" if self.work() else None
        return journal.stat().st_size // ENTRY if journal and journal.exists() else 0

    def break_off(self, count, number=signal.SIGKILL):
        """Runs until `count` segments are there, and ends it; returns how it ended."""
        process = subprocess.Popen([harness.PROGRAM, *map(str, self.command), "-q"],
                                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + harness.TIMEOUT
        while process.poll() is None and self.done() < count:
            assert time.monotonic() < deadline, "no segment came"
            time.sleep(0.002)
        assert process.poll() is None, f"it ended by itself: {process.returncode}"
        process.send_signal(number)
        return process.wait(timeout=harness.TIMEOUT)

    def finish(self):
        outcome = succeed(*self.command)
        assert self.work() is None, list(self.work().iterdir())
        return outcome


def packets(path):
    found = probe(path, "-select_streams", "v:0", "-show_packets", "-show_entries",
                  "packet=pts,dts,duration,flags")["packets"]
    return [(p["pts"], p["dts"], p["flags"]) for p in found]


def assert_same(found, wanted):
    assert pictures_md5(found) == pictures_md5(wanted)
    assert packets(found) == packets(wanted)
    for index, _ in enumerate(streams(wanted, "audio")):
        assert stream_md5(found, f"a:{index}") == stream_md5(wanted, f"a:{index}")
    assert [s["codec_type"] for s in streams(found)] == [s["codec_type"] for s in streams(wanted)]


def unbroken(clips, folder, source=None, name="out.mp4", options=()):
    whole = folder / "whole"
    whole.mkdir()
    job = Job(whole, source or six_seconds(clips), name, options)
    job.finish()
    return job.out


def broken(clips, folder, moments, source=None, name="out.mp4", options=()):
    """Breaks a run off at these numbers of segments, one after the other, and lets it end."""
    job = Job(folder, source or six_seconds(clips), name, options)
    for count in moments:
        job.break_off(count)
        assert not job.out.exists()
    outcome = job.finish()
    assert "resumed at" in outcome.err, outcome
    assert_same(job.out, unbroken(clips, folder, source, name, options))
    return job


def a_killed_run_ends_like_an_unbroken_one(clips, folder):
    job = broken(clips, folder, [2])
    assert file_md5(job.out) == file_md5(folder / "whole" / "out.mp4")
    assert sorted(p.name for p in folder.iterdir()) == ["out.mp4", "state", "whole"]


def it_may_be_killed_again_and_again(clips, folder):
    broken(clips, folder, [1, 2, 3, 5])


def it_goes_on_where_it_was(clips, folder):
    job = Job(folder, six_seconds(clips))
    job.break_off(3)
    kept = {p.name: p.stat().st_mtime_ns for p in job.segments()[:3]}
    job.break_off(5)
    assert {p.name: p.stat().st_mtime_ns for p in job.segments()[:3]} == kept
    outcome = job.finish()
    assert "5 of its segments were already done" in outcome.err, outcome


def every_segment_begins_with_a_key_frame(clips, folder):
    out = unbroken(clips, folder)
    found = probe(out, "-select_streams", "v:0", "-show_packets", "-show_entries",
                  "packet=pts_time,flags")["packets"]
    keys = [float(p["pts_time"]) for p in found if "K" in p["flags"]]
    assert keys == [0, 1, 2, 3, 4, 5], keys


def pictures_are_those_of_a_run_without_segments(clips, folder):
    """Coded anew they differ a little; that none is missing or late is what is compared."""
    out, plain = unbroken(clips, folder), folder / "plain.mp4"
    succeed("run", six_seconds(clips), "-o", plain, "--segment", "0", *QUICK)
    assert sorted(p[0] for p in packets(out)) == sorted(p[0] for p in packets(plain))
    assert stream_md5(out, "a:0") == stream_md5(plain, "a:0") == stream_md5(six_seconds(clips), "a:0")


def tracks_and_observations_are_written_whole(clips, folder):
    job = Job(folder, six_seconds(clips), options=("--tracks", folder / "t.jsonl",
                                                   "--observations", folder / "o.log"))
    job.break_off(3)
    job.finish()
    assert sorted(p.name for p in folder.iterdir()) == ["o.log", "out.mp4", "state", "t.jsonl"]
    whole = folder / "whole"
    whole.mkdir()
    succeed("run", six_seconds(clips), "-o", whole / "out.mp4", "--segment", "1", "--state", whole, *QUICK,
            "--tracks", whole / "t.jsonl", "--observations", whole / "o.log")
    assert tracks(folder / "t.jsonl") == tracks(whole / "t.jsonl")
    assert file_md5(folder / "o.log") == file_md5(whole / "o.log")


def a_stopped_run_is_taken_up(clips, folder):
    job = Job(folder, six_seconds(clips))
    assert job.break_off(2, signal.SIGINT) == 130
    assert [p.name for p in folder.iterdir()] == ["state"]
    assert "resumed at" in job.finish().err
    assert_same(job.out, unbroken(clips, folder))


def changed_options_are_not_taken_up(clips, folder):
    job = Job(folder, six_seconds(clips))
    job.break_off(2)
    job.command += ("--headroom", "0.1")
    outcome = job.finish()
    assert "resumed" not in outcome.err and "\"headroom\"" in outcome.err, outcome
    assert_same(job.out, unbroken(clips, folder, options=("--headroom", "0.1")))


def a_changed_input_is_not_taken_up(clips, folder):
    source = folder / "in.mp4"
    source.write_bytes(six_seconds(clips).read_bytes())
    job = Job(folder, source)
    job.break_off(2)
    os.utime(source, (1, 1))
    outcome = job.finish()
    assert "resumed" not in outcome.err and "\"input-time\"" in outcome.err, outcome


def a_damaged_segment_is_made_anew(clips, folder):
    job = Job(folder, six_seconds(clips))
    job.break_off(4)
    damaged = job.segments()[1]
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    outcome = job.finish()
    assert "up to segment 1 of" in outcome.err, outcome
    assert_same(job.out, unbroken(clips, folder))


def a_lost_segment_is_made_anew(clips, folder):
    job = Job(folder, six_seconds(clips))
    job.break_off(4)
    job.segments()[0].unlink()
    job.finish()
    assert_same(job.out, unbroken(clips, folder))


def torn_tails_are_cut_off(clips, folder):
    job = Job(folder, six_seconds(clips))
    job.break_off(4)
    for name in ("journal", "observations"):
        path = job.work() / name
        path.write_bytes(path.read_bytes()[:-5])
    job.finish()
    assert_same(job.out, unbroken(clips, folder))


def a_lost_log_is_made_anew(clips, folder):
    job = Job(folder, six_seconds(clips))
    job.break_off(3)
    (job.work() / "observations").unlink()
    job.finish()
    assert_same(job.out, unbroken(clips, folder))


def a_run_that_only_had_to_be_joined_is(clips, folder):
    """The output cannot be given its name while a folder has that: all is done but the last step."""
    job = Job(folder, six_seconds(clips))
    process = subprocess.Popen([harness.PROGRAM, *map(str, job.command), "-q"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + harness.TIMEOUT
    while len(job.segments()) < 1 and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    job.out.write_text("somebody else's")
    assert process.wait(timeout=harness.TIMEOUT) == 1
    assert len(job.segments()) == 6
    job.out.unlink()
    outcome = job.finish()
    assert "6 of its segments were already done" in outcome.err, outcome
    assert_same(job.out, unbroken(clips, folder))


def it_may_be_killed_at_any_step(clips, folder):
    """While pictures are made, a packet, a segment and the output are written, and each file gets its name: after
    three of the work folder's own six segments, the video and its tracks."""
    whole = unbroken(clips, folder, options=("--tracks", folder / "whole.jsonl"))
    moments = ["compose@100", "segment-write@70", "observations-write@90", "mux-write@200", "mux-header",
               *(f"journal-write@{n}" for n in (1, 4, 6)), *(f"finish@{n}" for n in range(4, 14))]
    for moment in moments:
        here = folder / moment
        here.mkdir()
        job = Job(here, six_seconds(clips), options=("--tracks", here / "t.jsonl"))
        outcome = subprocess.run([harness.PROGRAM, *map(str, job.command), "-q"], timeout=harness.TIMEOUT,
                                 env=dict(os.environ, DUALFACE_FAULT=f"{moment}:kill"))
        assert outcome.returncode == -signal.SIGKILL, (moment, outcome)
        job.finish()
        assert sorted(p.name for p in here.iterdir()) == ["out.mp4", "state", "t.jsonl"], moment
        assert file_md5(job.out) == file_md5(whole), moment
        assert tracks(here / "t.jsonl") == tracks(folder / "whole.jsonl"), moment


def a_supervised_run_goes_on_by_itself(clips, folder):
    job = Job(folder, six_seconds(clips))
    outcome = succeed(*job.command, "--supervise", env=dict(os.environ, DUALFACE_FAULT="compose@100*1:kill"))
    assert "resumed at 2.0 s" in outcome.err or "resumed at 3.0 s" in outcome.err, outcome
    assert file_md5(job.out) == file_md5(unbroken(clips, folder))


def a_supervised_run_that_was_killed_while_it_named_its_results_goes_on(clips, folder):
    """Of the files that get a name the work folder's own are the first ones; the last are the video and its tracks."""
    whole = unbroken(clips, folder, options=("--tracks", folder / "whole.jsonl"))
    seen = 0
    for number in range(8, 16):
        here = folder / str(number)
        here.mkdir()
        job = Job(here, six_seconds(clips), options=("--tracks", here / "t.jsonl", "--supervise"))
        outcome = succeed(*job.command, env=dict(os.environ, DUALFACE_FAULT=f"named@{number}*1:kill"))
        seen += "attempt 2" in outcome.err
        assert sorted(p.name for p in here.iterdir()) == ["out.mp4", "state", "t.jsonl"], number
        assert file_md5(job.out) == file_md5(whole), number
        assert tracks(here / "t.jsonl") == tracks(folder / "whole.jsonl"), number
        assert job.work() is None
    assert seen >= 4, seen


def a_finished_output_is_not_replaced_by_another_task(clips, folder):
    """It was killed before it was done, but its video has its name: that is no leave to write another one there."""
    for number in range(8, 16):
        here = folder / str(number)
        here.mkdir()
        job = Job(here, six_seconds(clips), options=("--tracks", here / "t.jsonl"))
        subprocess.run([harness.PROGRAM, *map(str, job.command), "-q"], timeout=harness.TIMEOUT,
                       env=dict(os.environ, DUALFACE_FAULT=f"named@{number}:kill"))
        if job.out.exists():
            break
    assert job.work(), "it was to be killed when it had named the video and not its tracks"
    content = file_md5(job.out)
    fail_with(1, *job.command, "--headroom", "0.1", says="exists")
    assert file_md5(job.out) == content


def each_write_that_fails_is_one_error_and_can_be_taken_up(clips, folder):
    for moment in ("segment-write@70", "journal-write@3", "observations-write@90", "mux-write@200", "finish@9"):
        here = folder / moment
        here.mkdir()
        job = Job(here, six_seconds(clips))
        fail_with(1, *job.command, says=["no space left", "fault injected at " + moment.replace("@", " "), "goes on"],
                  env=dict(os.environ, DUALFACE_FAULT=moment))
        assert [p.name for p in here.iterdir()] == ["state"], moment
        assert "resumed at" in job.finish().err, moment


def limit_file_size():
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, a shell does not
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))


def a_full_disk_ends_it_and_it_goes_on_with_more_room(clips, folder):
    """The first segments fit; the output as a whole does not."""
    job = Job(folder, six_seconds(clips))
    outcome = fail_with(1, *job.command, preexec_fn=limit_file_size, says=["no space", "MB", "goes on"])
    assert not job.out.exists() and job.done() >= 1, outcome
    assert "resumed at" in job.finish().err
    assert_same(job.out, unbroken(clips, folder))


def a_full_disk_in_mid_segment_keeps_those_before(clips, folder):
    options = ("--crf", "30", "--segment", "2")
    job = Job(folder, clips.make("loud.mp4", "-vf", "scale=640:360,noise=alls=60:allf=t:enable='gt(t,2)'",
                                 "-c:v", "libx264", "-preset", "veryfast", "-g", "24", "-an", seconds=4),
              options=options)
    outcome = fail_with(1, *job.command, preexec_fn=limit_file_size, says=["segment-000001", "MB", "goes on"])
    assert job.done() == 1, outcome
    assert "1 of its segments" in job.finish().err


def two_runs_of_one_output_do_not_meet(clips, folder):
    job = Job(folder, six_seconds(clips))
    process = subprocess.Popen([harness.PROGRAM, *map(str, job.command), "-q"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + harness.TIMEOUT
    while not job.work() or not (job.work() / "job").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.002)
    fail_with(1, *job.command, says="another run")
    assert process.wait(timeout=harness.TIMEOUT) == 0


def what_nobody_goes_on_with_is_swept_away(clips, folder):
    source = folder / "in.mp4"
    source.write_bytes(six_seconds(clips).read_bytes())
    job = Job(folder, source)
    job.break_off(2)
    sweep = ("jobs", "sweep", "--state", job.state)
    assert "0 work folders deleted" in succeed(*sweep).out and job.done() >= 2
    source.unlink()
    result = succeed(*sweep, "--json").result
    assert result["swept"] == 1 and result["kept"] == 0 and result["bytes"] > 1000, result
    assert not (job.state / "work").exists()


def what_a_run_is_at_is_not_swept_away(clips, folder):
    job = Job(folder, six_seconds(clips))
    process = subprocess.Popen([harness.PROGRAM, *map(str, job.command), "-q"],
                               env=dict(os.environ, DUALFACE_FAULT="compose@100:hang"))
    deadline = time.monotonic() + harness.TIMEOUT
    while job.done() < 2:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.002)
    for path in [*job.work().iterdir(), job.work()]:
        os.utime(path, (1, 1))
    assert "0 work folders deleted" in succeed("jobs", "sweep", "--state", job.state).out and job.done() == 2
    process.kill()
    process.wait(timeout=harness.TIMEOUT)
    for path in [*job.work().iterdir(), job.work()]:
        os.utime(path, (1, 1))
    assert "1 work folder deleted" in succeed("jobs", "sweep", "--state", job.state).out


def a_state_folder_that_cannot_be_is_one_error(clips, folder):
    (folder / "file").write_text("")
    fail_with(1, "run", six_seconds(clips), "-o", folder / "o.mp4", "--segment", "1", "--state",
              folder / "file", *QUICK, says=["file", "--state", "--segment 0"])
    assert [p.name for p in folder.iterdir()] == ["file"]


def what_needs_all_pictures_goes_without(clips, folder):
    outcome = succeed(*Job(folder, six_seconds(clips)).command, "--md5")
    assert "--md5" in outcome.err and "cannot be taken up" in outcome.err, outcome
    assert sorted(p.name for p in folder.iterdir()) == ["out.mp4"]


def short_videos_keep_nothing(clips, folder):
    outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", "--state", folder / "state", *QUICK)
    assert outcome.err == "", outcome
    assert [p.name for p in folder.iterdir()] == ["out.mp4"]


def a_still_from_further_back_is_found_again(clips, folder):
    """A seat shows a still from before the part that is decoded again."""
    source = clips.make("gone.mp4", "-vf", "scale=640:360,drawbox=0:0:320:360:black:fill:enable='gt(t,1.5)'",
                        "-c:v", "libx264", "-preset", "veryfast", "-g", "24", "-c:a", "aac", seconds=6)
    job = broken(clips, folder, [5], source, options=("--absent", "freeze", "--hold", "0"))
    states = [f["left"]["state"] for f in tracks_of(job, folder)]
    assert "frozen" in states[130:], states


def tracks_of(job, folder):
    succeed("analyze", job.command[1], "--tracks", folder / "t.jsonl", "--absent", "freeze", "--hold", "0")
    return tracks(folder / "t.jsonl")[1]


def a_part_is_taken_up(clips, folder):
    broken(clips, folder, [3], options=("--start", "1.3", "--duration", "4.1"))


def matroska_without_sound_is_taken_up(clips, folder):
    source = clips.make("mute.mkv", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast",
                        "-g", "24", "-an", seconds=6)
    broken(clips, folder, [3], source, "out.mkv")


def variable_rates_are_taken_up(clips, folder):
    source = clips.make("vfr.mkv", "-vf", "scale=640:360,select='gt(mod(n,7),1)+lt(n,50)'", "-fps_mode",
                        "vfr", "-c:v", "libx264", "-preset", "veryfast", "-g", "24", "-c:a", "aac",
                        seconds=6)
    broken(clips, folder, [3], source)


def sparse_pictures_are_taken_up(clips, folder):
    """Some segments have one picture, some none."""
    source = clips.make("sparse.mkv", "-vf", "scale=640:360,select='lt(n,45)+eq(n,75)+eq(n,130)+gt(n,150)'",
                        "-fps_mode", "vfr", "-c:v", "libx264", "-preset", "veryfast", "-g", "24",
                        "-c:a", "aac", seconds=6)
    broken(clips, folder, [3], source)


def seams_of_time_are_decoded_from_the_start(clips, folder):
    """Times beyond a seam are not those of the file, so that it cannot be entered there."""
    whole = clips.make("six.ts", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast",
                       "-g", "24", "-c:a", "aac", seconds=6)
    source = clips.folder / "seam.ts"
    content = whole.read_bytes()
    source.write_bytes(content[:len(content) // 376 * 188] + content)
    job = broken(clips, folder, [5, 7], source)
    assert len(pictures_md5(job.out)) > 200


def a_folder_as_output_is_taken_up(clips, folder):
    (folder / "results").mkdir()
    job = Job(folder, six_seconds(clips), "results")
    job.break_off(2)
    assert "resumed at" in job.finish().err
    assert [p.name for p in job.out.iterdir()] == ["six-split.mp4"]


def jobs_of_a_batch_are_taken_up(clips, folder):
    results = folder / "results"
    results.mkdir()
    other = folder / "other.mp4"
    other.write_bytes(six_seconds(clips).read_bytes())
    command = ("run", six_seconds(clips), other, "-o", results, "--segment", "1", "--state",
               folder / "state", *QUICK)
    process = subprocess.Popen([harness.PROGRAM, *map(str, command), "-q"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + harness.TIMEOUT
    while not list(folder.glob("state/work/*/segment-000001")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.002)
    process.kill()
    process.wait(timeout=harness.TIMEOUT)
    outcome = succeed(*command)
    assert "resumed at" in outcome.err, outcome
    assert sorted(p.name for p in results.iterdir()) == ["other-split.mp4", "six-split.mp4"]
    assert not (folder / "state" / "work").exists()
    for path in results.iterdir():
        assert len(pictures_md5(path)) == 180


def transport_streams_are_taken_up(clips, folder):
    source = clips.make("six.ts", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast",
                        "-g", "24", "-c:a", "aac", seconds=6)
    broken(clips, folder, [4], source)


def hdr_is_taken_up(clips, folder):
    source = clips.make("hdr.mp4", "-vf", "scale=640:360,format=yuv420p10le," + harness.tagged(
        "bt2020nc", "smpte2084", "bt2020"), "-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
        "log-level=none:keyint=24", "-c:a", "aac", seconds=4)
    job = broken(clips, folder, [2], source)
    assert harness.video(job.out)["pix_fmt"] == "yuv420p10le"


def av1_is_taken_up(clips, folder):
    source = clips.make("four.mp4", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast",
                        "-g", "24", "-c:a", "aac", seconds=4)
    broken(clips, folder, [2], source, "out.mkv", ("--codec", "av1", "--size", "640x360"))


def b_frames_are_taken_up(clips, folder):
    job = broken(clips, folder, [3], options=("--profile", "balanced", "--encoder-preset", "veryfast"))
    found = packets(job.out)
    assert any(pts != dts for pts, dts, _ in found), "there were to be B-frames"
    assert all(a[1] < b[1] for a, b in zip(found, found[1:]))


if __name__ == "__main__":
    main(tests_of(globals()))
