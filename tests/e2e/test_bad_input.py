"""Bad input and what it gets: one clear line, the right exit code, nothing unfinished under a final name."""

import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import time

import harness
from harness import DEPS, dualface, fail_with, ffmpeg, footage, main, succeed, tests_of, times

FAST = ("--profile", "realtime")


def refused(folder, source, says, *options, code=1, **settings):
    before = sorted(folder.rglob("*"))
    fail_with(code, "run", source, "-o", folder / "never.mp4", *FAST, *options, says=says, **settings)
    assert sorted(folder.rglob("*")) == before, "something was left behind"


def what_is_no_video_is_said_to_be_none(clips, folder):
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("This is not a video.\n" * 100)
    (folder / "noise.mp4").write_bytes(random.Random(1).randbytes(100_000))
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", folder / "sound.m4a")
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:d=1", "-frames:v", "1", folder / "still.png")
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:d=1", "-frames:v", "1", folder / "still.jpg")
    refused(folder, folder / "missing.mp4", ["missing.mp4", "does not exist"])
    (folder / "no videos").mkdir()
    refused(folder, folder / "no videos", "no video")
    refused(folder, folder / "empty.mp4", ["empty.mp4", "empty"])
    refused(folder, folder / "text.mp4", "text.mp4")
    refused(folder, folder / "noise.mp4", "noise.mp4")
    refused(folder, folder / "sound.m4a", ["sound.m4a", "video"])
    refused(folder, folder / "still.png", ["still.png", "still"])
    refused(folder, folder / "still.jpg", ["still.jpg", "still"])
    refused(folder, "http://127.0.0.1:9/x.mp4", "x.mp4")


def a_file_without_permission(clips, folder):
    path = folder / "secret.mp4"
    shutil.copy(clips.small(), path)
    path.chmod(0)
    if os.geteuid() != 0:
        refused(folder, path, ["secret.mp4", "permission"])
    path.chmod(0o600)


def a_part_after_the_video_is_said_to_be_empty(clips, folder):
    """Where the sound goes on the file is longer than its video."""
    clip = folder / "tail.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:d=1", "-f", "lavfi", "-i", "sine=d=5", clip)
    refused(folder, clip, ["tail.mp4", "no picture in the part"], "--start", "3")


def two_results_of_one_name_are_refused(clips, folder):
    (folder / "d").mkdir()
    refused(folder, clips.small(), "two different results", "--tracks", folder / "d/../never.mp4",
            code=2)


def a_truncated_file_gives_what_it_has(clips, folder):
    clip = clips.make("truncatable.mkv", "-vf", "scale=640:360", "-c:v", "libx264", "-c:a", "aac")
    whole = clip.read_bytes()
    (folder / "cut.mkv").write_bytes(whole[:len(whole) // 2])
    outcome = succeed("run", folder / "cut.mkv", "-o", folder / "out.mkv", *FAST)
    assert 10 < len(times(folder / "out.mkv")) < 60
    assert "warning" in outcome.err, outcome


def a_truncated_mp4_without_index_is_refused(clips, folder):
    whole = clips.small().read_bytes()
    (folder / "cut.mp4").write_bytes(whole[:len(whole) // 2])
    refused(folder, folder / "cut.mp4", "cut.mp4")


def flipped_bits_never_crash(clips, folder):
    kinds = (("flip.mkv", "libx264"), ("flip.ts", "mpeg2video"), ("flip.webm", "libvpx-vp9"),
             ("flip.mp4", "libx264"))
    for name, codec in kinds:
        extra = ("-deadline", "realtime", "-cpu-used", "8") if "vpx" in codec else ()
        clip = clips.make(name, "-vf", "scale=320:180", "-an", "-c:v", codec, *extra, seconds=1)
        for seed in range(4):
            generator = random.Random(seed)
            data = bytearray(clip.read_bytes())
            for _ in range(20 * (seed + 1)):
                data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
            damaged = folder / name
            damaged.write_bytes(data)
            outcome = dualface("run", damaged, "-o", folder / "out.mp4", "--overwrite", *FAST)
            assert outcome.code in (0, 1), outcome
            lines = outcome.err.splitlines()
            assert all(line.startswith("dualface: ") for line in lines), outcome
            assert len(lines) <= 6, outcome


def damaged(data, how, generator):
    """The bytes with a part cut off, blanked, taken out, doubled, or overwritten by chance."""
    at = generator.randrange(len(data))
    end = min(at + generator.choice((16, 2000, 20000)), len(data))
    part = data[at:end]
    return {"cut": data[:at], "blank": data[:at] + bytes(len(part)) + data[end:],
            "less": data[:at] + data[end:], "twice": data[:end] + part + data[end:],
            "noise": data[:at] + generator.randbytes(len(part)) + data[end:]}[how]


def damage_ends_well_in_picture_and_sound(clips, folder):
    """Soon, with a result no longer than the input or with one line why not, and nothing left over."""
    kinds = (("d.ts", "libx265", "ac3"), ("d.avi", "mjpeg", "libmp3lame"), ("d.mov", "prores_ks", "pcm_s16le"),
             ("d.mpg", "mpeg2video", "mp2"), ("d.mkv", "libx264", "libvorbis"), ("d.webm", "libvpx", "libopus"))
    for name, picture, sound in kinds:
        extra = {"libx265": ("-x265-params", "log-level=none"), "libvpx": ("-deadline", "realtime")}
        clip = clips.make(name, "-vf", "scale=320:180,fps=15", "-c:v", picture, *extra.get(picture, ()),
                          "-c:a", sound, seconds=1)
        for seed, how in enumerate(("cut", "blank", "less", "twice", "noise")):
            path = folder / name
            path.write_bytes(damaged(clip.read_bytes(), how, random.Random(f"{name} {seed}")))
            outcome = dualface("run", path, "-o", folder / "out.mp4", "--size", "320x180", *FAST)
            assert outcome.code in (0, 1), (name, how, outcome)
            assert all(line.startswith("dualface: ") for line in outcome.err.splitlines()), outcome
            left = {file.name for file in folder.iterdir()} - {name}
            assert left == (set() if outcome.code else {"out.mp4"}), (name, how, outcome, left)
            if outcome.code == 0:
                length = float(harness.probe(folder / "out.mp4", "-show_format")["format"]["duration"])
                assert length < 5, (name, how, length)
                (folder / "out.mp4").unlink()
            path.unlink()


def an_output_that_cannot_be(clips, folder):
    clip = clips.small()
    copy = folder / "copy.mp4"
    shutil.copy(clip, copy)
    (folder / "link.mp4").symlink_to(copy)
    for target in (copy, folder / "link.mp4"):
        outcome = dualface("run", copy, "-o", target, "--overwrite", *FAST)
        assert outcome.code in (1, 2), outcome
        assert "input" in outcome.err.lower(), outcome
    assert copy.read_bytes() == clip.read_bytes()
    fail_with(1, "run", clip, "-o", folder / "missing" / "out.mp4", says="missing")
    fail_with(2, "run", clip, "-o", folder / "out.nonsense", says=["out.nonsense", ".mp4"])
    if os.geteuid() != 0:
        (folder / "shut").mkdir(mode=0o500)
        fail_with(1, "run", clip, "-o", folder / "shut" / "out.mp4", says="shut")


def two_results_never_share_a_file(clips, folder):
    outcome = dualface("run", clips.small(), "-o", folder / "a.mp4", "--debug", folder / "a.mp4")
    assert outcome.code == 2 and "a.mp4" in outcome.err, outcome
    copy = folder / "copy.mp4"
    shutil.copy(clips.small(), copy)
    outcome = dualface("analyze", copy, "--tracks", copy, "--overwrite")
    assert outcome.code == 2 and copy.read_bytes() == clips.small().read_bytes(), outcome


def limit_file_size():
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, a shell does not
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def a_full_disk_is_called_that_and_leaves_nothing(clips, folder):
    clip = clips.small()
    for name in ("out.mp4", "out.mkv"):
        outcome = fail_with(1, "run", clip, "-o", folder / name, "--crf", "5", *FAST,
                            preexec_fn=limit_file_size, says=name)
        assert not list(folder.iterdir()), (outcome, list(folder.iterdir()))


def models_and_library_that_are_missing_or_damaged(clips, folder):
    clip = clips.small()
    refused(folder, clip, "models", "--models", folder / "nowhere", code=3)
    models = folder / "models"
    shutil.copytree(DEPS / "models", models)
    for path in models.glob("*.onnx"):
        path.write_bytes(path.read_bytes()[:-1000])
        refused(folder, clip, path.name, "--models", models, code=3)
        shutil.copy(DEPS / "models" / path.name, path)
    (models / "yunet.onnx").unlink()
    refused(folder, clip, "yunet.onnx", "--models", models, code=3)
    (models / "models.json").write_text("{")
    outcome = dualface("run", clip, "-o", folder / "never.mp4", "--models", models)
    assert outcome.code in (1, 3) and "models.json" in outcome.err, outcome
    environment = dict(os.environ, DUALFACE_ONNXRUNTIME=str(folder / "no.so"))
    refused(folder, clip, "onnx runtime", code=3, env=environment)


def photos_that_are_of_no_use(clips, folder):
    clip = clips.small()
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:d=1", "-frames:v", "1", folder / "nobody.png")
    ffmpeg("-i", footage("talk"), "-frames:v", "1", folder / "two.png")
    (folder / "text.jpg").write_text("no picture")
    refused(folder, clip, ["nobody.png", "no face"], "--left", folder / "nobody.png")
    refused(folder, clip, ["two.png", "one face"], "--right", folder / "two.png")
    refused(folder, clip, "text.jpg", "--left", folder / "text.jpg")
    refused(folder, clip, "missing.jpg", "--left", folder / "missing.jpg")


def options_that_make_no_sense(clips, folder):
    clip = clips.small()
    for options, says in ((["--overwite"], "--overwrite"), (["--crf", "99"], "--crf"),
                          (["--size", "33x33"], "size"), (["--layout", "round"], "side-by-side"),
                          (["--start", "-1"], "--start"), (["--encoder-preset", "warp"], "warp")):
        outcome = dualface("run", clip, "-o", folder / "never.mp4", *options)
        assert outcome.code == 2 and says in outcome.err, (options, outcome)
    assert not list(folder.iterdir())


def a_start_beyond_the_end(clips, folder):
    refused(folder, clips.small(), "small.mp4", "--start", "100")


def start_and_wait(*arguments, seconds, how):
    process = subprocess.Popen([harness.PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(seconds)
    process.send_signal(how)
    out, err = process.communicate(timeout=harness.TIMEOUT)
    return process.returncode, out.decode(), err.decode()


def ctrl_c_stops_cleanly(clips, folder):
    for how in (signal.SIGINT, signal.SIGTERM):
        code, _, err = start_and_wait("run", footage("talk"), "-o", folder / "out.mp4", "--tracks",
                                      folder / "t.jsonl", "--profile", "quality", seconds=2, how=how)
        assert code == 130, (code, err)
        assert "stopped" in err, err
        assert not list(folder.iterdir()), list(folder.iterdir())


def a_kill_leaves_nothing_under_the_final_name(clips, folder):
    code, _, _ = start_and_wait("run", footage("talk"), "-o", folder / "out.mp4", "--profile", "quality",
                                seconds=2, how=signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert not (folder / "out.mp4").exists()


def missing_and_repeated_time_stamps(clips, folder):
    raw = clips.make("raw.h264", "-vf", "scale=320:180", "-an", "-c:v", "libx264", "-bf", "0", seconds=1)
    succeed("run", raw, "-o", folder / "raw.mp4", *FAST)
    assert len(times(folder / "raw.mp4")) == 30
    same = folder / "same.mkv"
    ffmpeg("-t", "1", "-i", footage("talk"), "-vf", "scale=320:180,setpts='floor(N/3)*3/30/TB'", "-an",
           "-fps_mode", "passthrough", "-enc_time_base", "1/1000", "-c:v", "ffv1", same)
    succeed("run", same, "-o", folder / "same.mp4", *FAST)
    found = times(folder / "same.mp4")
    assert len(found) == 30 and all(a < b for a, b in zip(found, found[1:])), found


def tracks_files_that_are_damaged(clips, folder):
    good = folder / "t.jsonl"
    succeed("analyze", clips.small(), "--tracks", good)
    lines = good.read_text().splitlines()
    for name, text, says in (("empty", "", "empty"), ("header", "{}\n", "line 1"),
                             ("line", "\n".join(lines[:5] + ["{"] + lines[6:]), "line 6"),
                             ("short", "\n".join(lines[:20]), "ends"),
                             ("hole", "\n".join(lines[:5] + lines[6:]), "time stamp")):
        path = folder / f"{name}.jsonl"
        path.write_text(text)
        fail_with(1, "render", clips.small(), "--tracks", path, "-o", folder / "never.mp4", *FAST,
                  says=[path.name, says])
    assert not (folder / "never.mp4").exists()
    assert pathlib.Path(good).exists()


if __name__ == "__main__":
    main(tests_of(globals()))
