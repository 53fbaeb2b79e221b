"""Segments that are made side by side: what comes of them is what is made one after the other, to the bit.

Moments are found by what is in the work folder, never by the clock.
"""

import os
import pathlib
import shutil
import signal
import subprocess

import harness
from harness import (file_md5, main, picture_times, stream_md5, streams, succeed, tests_of, tracks, turn)
from test_resume import ENTRY, QUICK, Job, assert_same, six_seconds

H264 = ("-c:v", "libx264", "-preset", "veryfast", "-g", "24")


def made(folder, source, jobs, name="out.mp4", options=()):
    """The run's output, and how it ended."""
    folder.mkdir(exist_ok=True)
    job = Job(folder, source, name, ("--jobs", jobs, *options))
    return job.out, job.finish()


def alike(clips, folder, source=None, name="out.mp4", options=(), jobs=3):
    """Makes a video one segment after the other and side by side, and holds them against each other."""
    source = source or six_seconds(clips)
    one, _ = made(folder / "one", source, 1, name, options)
    many, outcome = made(folder / "many", source, jobs, name, options)
    assert "decoded again" not in outcome.err and "one after the other" not in outcome.err, outcome
    assert stream_md5(many, "v:0") == stream_md5(one, "v:0")
    assert_same(many, one)
    return many


def it_is_the_same_file(clips, folder):
    many = alike(clips, folder)
    assert file_md5(many) == file_md5(folder / "one" / "out.mp4")


def any_number_of_jobs_makes_the_same(clips, folder):
    wanted = file_md5(made(folder / "one", six_seconds(clips), 1)[0])
    for jobs in (2, 5, 6, 32):
        assert file_md5(made(folder / str(jobs), six_seconds(clips), jobs)[0]) == wanted, jobs


def threads_do_not_depend_on_the_number_of_jobs(clips, folder):
    alike(clips, folder, options=("--threads", "3"), jobs=2)


def matroska_is_the_same(clips, folder):
    alike(clips, folder, clips.make("six.mkv", "-vf", "scale=640:360", *H264, "-c:a", "aac", seconds=6), "out.mkv")


def a_transport_stream_is_the_same(clips, folder):
    alike(clips, folder, clips.make("six.ts", "-vf", "scale=640:360", *H264, "-c:a", "aac", seconds=6))


def webm_is_the_same(clips, folder):
    source = clips.make("four.webm", "-vf", "scale=640:360", "-c:v", "libvpx-vp9", "-deadline", "realtime",
                        "-cpu-used", "8", "-g", "24", "-c:a", "libopus", seconds=4)
    alike(clips, folder, source, "out.mkv")


def a_variable_rate_is_the_same(clips, folder):
    source = clips.make("vfr.mkv", "-vf", "scale=640:360,select='gt(mod(n,7),1)+lt(n,50)'", "-fps_mode", "vfr",
                        *H264, "-c:a", "aac", seconds=6)
    out = alike(clips, folder, source)
    assert len(picture_times(out)) == len(picture_times(source))


def sparse_pictures_are_the_same(clips, folder):
    """Some segments have one picture, some none."""
    source = clips.make("sparse.mkv", "-vf", "scale=640:360,select='lt(n,45)+eq(n,75)+eq(n,130)+gt(n,150)'",
                        "-fps_mode", "vfr", *H264, "-c:a", "aac", seconds=6)
    alike(clips, folder, source)


def a_turned_video_is_the_same(clips, folder):
    source = folder / "turned.mp4"
    turn(six_seconds(clips), source, 90)
    out = alike(clips, folder, source)
    assert harness.video(out)["width"] == 1920


def open_groups_with_b_frames_are_the_same(clips, folder):
    """Pictures that are shown before a key frame are coded after it and lean on those before."""
    source = clips.make("open.mp4", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "medium", "-bf", "4",
                        "-g", "20", "-x264-params", "open-gop=1:b-pyramid=normal", "-c:a", "aac", seconds=6)
    alike(clips, folder, source)


def open_groups_of_hevc_are_the_same(clips, folder):
    source = clips.make("open.mkv", "-vf", "scale=640:360", "-c:v", "libx265", "-preset", "ultrafast",
                        "-x265-params", "log-level=none:keyint=24:open-gop=1:bframes=3", "-c:a", "aac", seconds=5)
    alike(clips, folder, source, "out.mkv")


def b_frames_that_are_made_are_the_same(clips, folder):
    alike(clips, folder, options=("--profile", "balanced", "--encoder-preset", "veryfast"))


def hevc_is_the_same(clips, folder):
    alike(clips, folder, options=("--codec", "hevc", "--size", "640x360"), jobs=2)


def a_part_is_the_same(clips, folder):
    alike(clips, folder, options=("--start", "1.3", "--duration", "4.1"))


def interlaced_pictures_are_the_same(clips, folder):
    source = clips.make("interlaced.mp4", "-vf", "scale=640:360,interlace", "-c:v", "libx264", "-preset", "veryfast",
                        "-flags", "+ildct+ilme", "-g", "12", "-c:a", "aac", seconds=6)
    alike(clips, folder, source)


def a_still_from_further_back_is_found_again(clips, folder):
    source = clips.make("gone.mp4", "-vf", "scale=640:360,drawbox=0:0:320:360:black:fill:enable='gt(t,1.5)'",
                        *H264, "-c:a", "aac", seconds=6)
    alike(clips, folder, source, options=("--absent", "freeze", "--hold", "0", "--tracks", folder / "t.jsonl",
                                          "--overwrite"))
    states = [frame["left"]["state"] for frame in tracks(folder / "t.jsonl")[1]]
    assert "frozen" in states[130:], states


def tracks_and_observations_are_the_same(clips, folder):
    for jobs in (1, 3):
        here = folder / str(jobs)
        made(here, six_seconds(clips), jobs, options=("--tracks", here / "t.jsonl", "--observations", here / "o.log"))
    assert file_md5(folder / "1" / "o.log") == file_md5(folder / "3" / "o.log")
    assert tracks(folder / "1" / "t.jsonl") == tracks(folder / "3" / "t.jsonl")


def the_summary_is_the_same(clips, folder):
    found = []
    for jobs in (1, 3):
        _, outcome = made(folder / str(jobs), six_seconds(clips), jobs, options=("--json",))
        # JSON goes to standard output, one value a line.
        found.append({key: value for key, value in outcome.result.items()
                      if key in ("frames", "cuts", "people", "embeddings", "faces", "encoder", "decoder", "seats")})
    assert found[0] == found[1] and found[0]["frames"] == 180, found


def what_cannot_be_entered_is_made_in_one_go(clips, folder):
    """There is one key frame, so every segment would be decoded from the start."""
    source = clips.make("one-key.mp4", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast", "-g", "9999",
                        "-sc_threshold", "0", "-an", seconds=4)
    one, _ = made(folder / "one", source, 1)
    many, outcome = made(folder / "many", source, 3)
    assert "one after the other" in outcome.err, outcome
    assert_same(many, one)


def what_comes_otherwise_when_it_is_entered_is_made_in_one_go(clips, folder):
    """Times beyond a seam are not those of the file."""
    whole = clips.make("six.ts", "-vf", "scale=640:360", *H264, "-c:a", "aac", seconds=6)
    source = folder / "seam.ts"
    content = whole.read_bytes()
    source.write_bytes(content[:len(content) // 376 * 188] + content)
    one, _ = made(folder / "one", source, 1)
    many, outcome = made(folder / "many", source, 3)
    assert "decoded again" in outcome.err or "one after the other" in outcome.err, outcome
    assert_same(many, one)


def a_killed_run_is_taken_up(clips, folder):
    wanted, _ = made(folder / "one", six_seconds(clips), 1)
    for number in (signal.SIGKILL, signal.SIGINT):
        for count in (1, 3):
            here = folder / f"{number}-{count}"
            here.mkdir()
            job = Job(here, six_seconds(clips), options=("--jobs", 3))
            job.break_off(count, number)
            assert not job.out.exists()
            assert "resumed at" in job.finish().err
            assert file_md5(job.out) == file_md5(wanted), here


def it_may_go_on_with_another_number_of_jobs(clips, folder):
    wanted, _ = made(folder / "one", six_seconds(clips), 1)
    job = Job(folder, six_seconds(clips))
    command = job.command
    for jobs, count in ((1, 1), (3, 3), (2, 4)):
        job.command = (*command, "--jobs", jobs)
        job.break_off(count)
    job.command = (*command, "--jobs", 1)
    assert "resumed at" in job.finish().err
    assert file_md5(job.out) == file_md5(wanted)


def with_a_gap(folder, source):
    """A work folder in which the second of at least four segments is missing."""
    job = Job(folder, source, options=("--jobs", 3))
    job.break_off(4)
    journal = job.work() / "journal"
    content = journal.read_bytes()
    entries = sorted((content[i:i + ENTRY] for i in range(0, len(content), ENTRY)),
                     key=lambda entry: int.from_bytes(entry[8:16], "little"))
    kept = [entry for entry in entries if int.from_bytes(entry[8:16], "little") != 1]
    assert len(kept) >= 3
    journal.write_bytes(b"".join(kept))
    (job.work() / "segment-000001").unlink(missing_ok=True)
    return job


def segments_behind_a_gap_are_kept(clips, folder):
    wanted, _ = made(folder / "one", six_seconds(clips), 1)
    here = folder / "here"
    here.mkdir()
    job = with_a_gap(here, six_seconds(clips))
    indices = [int(path.name[-6:]) for path in job.segments()]
    behind = [path for path in job.segments() if int(path.name[-6:]) > 1 and path.stat().st_size > 0]
    assert behind and 1 not in indices, indices
    count = job.done()
    outcome = job.finish()
    assert f"{count} of its segments were already done" in outcome.err, outcome
    assert file_md5(job.out) == file_md5(wanted)


def one_job_makes_those_behind_a_gap_anew(clips, folder):
    wanted, _ = made(folder / "one", six_seconds(clips), 1)
    here = folder / "here"
    here.mkdir()
    job = with_a_gap(here, six_seconds(clips))
    job.command = (*job.command, "--jobs", 1)
    assert "1 of its segments were already done" in job.finish().err
    assert file_md5(job.out) == file_md5(wanted)


def a_damaged_segment_is_made_anew(clips, folder):
    wanted, _ = made(folder / "one", six_seconds(clips), 1)
    job = Job(folder, six_seconds(clips), options=("--jobs", 3))
    job.break_off(4)
    damaged = job.segments()[1]
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    job.finish()
    assert file_md5(job.out) == file_md5(wanted)


def it_may_be_killed_at_any_step(clips, folder):
    wanted, _ = made(folder / "one", six_seconds(clips), 1)
    moments = ["compose@100", "segment-write@70", "observations-write@90", "mux-write@200", "mux-header",
               *(f"journal-write@{n}" for n in (1, 4, 6)), *(f"finish@{n}" for n in range(3, 9))]
    for moment in moments:
        here = folder / moment
        here.mkdir()
        job = Job(here, six_seconds(clips), options=("--jobs", 3))
        outcome = subprocess.run([harness.PROGRAM, *map(str, job.command), "-q"], timeout=harness.TIMEOUT,
                                 env=dict(os.environ, DUALFACE_FAULT=f"{moment}:kill"))
        assert outcome.returncode == -signal.SIGKILL, (moment, outcome)
        job.finish()
        assert file_md5(job.out) == file_md5(wanted), moment


def each_failure_is_one_error_and_can_be_taken_up(clips, folder):
    wanted, _ = made(folder / "one", six_seconds(clips), 1)
    for moment in ("segment-write@70", "journal-write@3", "observations-write@90", "mux-write@200"):
        here = folder / moment
        here.mkdir()
        job = Job(here, six_seconds(clips), options=("--jobs", 3))
        harness.fail_with(1, *job.command, says=["no space left", "goes on"],
                          env=dict(os.environ, DUALFACE_FAULT=moment))
        assert "resumed at" in job.finish().err, moment
        assert file_md5(job.out) == file_md5(wanted), moment


def one_job_is_lost_with_another_thread_count(clips, folder):
    """What encoders make may depend on their threads, and those on the machine's cores."""
    job = Job(folder, six_seconds(clips), options=("--jobs", 3))
    job.break_off(2)
    path = pathlib.Path(job.work() / "job")
    text = path.read_text()
    lines = [line for line in text.splitlines() if line.startswith("threads ")]
    assert len(lines) == 1 and lines[0].split()[1] == "0" and int(lines[0].split()[2]) >= 1, lines
    path.write_text(text.replace(lines[0], "threads 0 97"))
    outcome = job.finish()
    assert "resumed" not in outcome.err and "\"threads\"" in outcome.err, outcome


if __name__ == "__main__":
    main(tests_of(globals()))
