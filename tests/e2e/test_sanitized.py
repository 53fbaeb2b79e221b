"""Every stage, command and way to end of the real program, in little time: for builds with sanitizers.

A sanitizer ends the program with a code of its own, which none of these tests takes. In a normal build
they pass as well.
"""

import random
import signal
import subprocess
import time

import harness
from harness import dualface, footage, main, succeed, tagged, tests_of, times

SMALL = ("--profile", "realtime", "--size", "320x180", "--lookahead", "0.3")


def short(clips):
    return clips.make("short.mp4", "-vf", "scale=480:270,fps=15", "-c:v", "libx264", "-preset", "veryfast",
                      "-g", "5", "-c:a", "aac", seconds=1)


def run_with_everything_then_replay_and_render(clips, folder):
    clip, tracks, log = short(clips), folder / "t.jsonl", folder / "t.obs"
    succeed("run", clip, "-o", folder / "out.mkv", "--debug", folder / "debug.mp4", "--contact-sheet",
            folder / "sheet.png", "--tracks", tracks, "--observations", log, *SMALL)
    assert len(times(folder / "out.mkv")) == len(times(clip))
    succeed("analyze", clip, "--replay", log, "--tracks", folder / "again.jsonl", "--lookahead", "0.3",
            "--size", "320x180")
    assert (folder / "again.jsonl").read_bytes() == tracks.read_bytes()
    succeed("render", clip, "--tracks", tracks, "-o", folder / "rendered.mp4", "--profile", "realtime",
            "--size", "320x180", "--fix", "0.2-0.5 swap")
    succeed("people", clip, "--replay", log, "-o", folder / "people.png")
    succeed("run", clip, "-o", folder / "corrected.mp4", "--replay", log, "--people", "left=2,right=none", "--absent",
            "blur-background", "--fix", "0.3 right=1", *SMALL)


def other_codecs_and_sound_that_is_transcoded(clips, folder):
    tags = tagged("bt2020nc", "smpte2084", "bt2020")
    clip = clips.make("hdr.mkv", "-vf", f"scale=320:180,fps=15,format=yuv420p10le,{tags}", "-c:v", "libx265",
                      "-x265-params", "log-level=none", "-c:a", "libvorbis", seconds=0.6)
    for name, codec in (("h264.mp4", "h264"), ("hevc.mkv", "hevc"), ("av1.webm", "av1")):
        succeed("run", clip, "-o", folder / name, "--codec", codec, "--json", *SMALL)


def damaged_files_of_every_kind(clips, folder):
    whole = short(clips).read_bytes()
    for seed in range(4):
        generator = random.Random(seed)
        data = bytearray(whole)
        for _ in range(1 + 20 * seed):
            data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        damaged = folder / f"damaged-{seed}.mp4"
        damaged.write_bytes(data)
        outcome = dualface("run", damaged, "-o", folder / "out.mp4", "--overwrite", *SMALL)
        assert outcome.code in (0, 1), outcome
        assert all(line.startswith("dualface: ") for line in outcome.err.splitlines()), outcome


def refusals_of_each_stage(clips, folder):
    clip, bad = short(clips), folder / "bad.jsonl"
    bad.write_text("{}\n")
    for code, arguments in ((1, ("run", clip, "-o", folder / "none" / "out.mp4")),
                            (1, ("run", folder / "none.mp4", "-o", folder / "out.mp4")),
                            (1, ("run", clip, "-o", folder / "out.mp4", "--left", bad)),
                            (1, ("render", clip, "--tracks", bad, "-o", folder / "out.mp4")),
                            (1, ("analyze", clip, "--replay", bad, "--tracks", folder / "t.jsonl")),
                            (2, ("run", clip, "-o", folder / "out.mp4", "--crf", "x")),
                            (3, ("run", clip, "-o", folder / "out.mp4", "--models", folder))):
        outcome = dualface(*arguments)
        assert outcome.code == code, (arguments, outcome)
    assert [path.name for path in folder.iterdir()] == ["bad.jsonl"]


def stopped_in_the_middle(clips, folder):
    process = subprocess.Popen([harness.PROGRAM, "run", str(footage("talk")), "-o", str(folder / "out.mp4")],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    time.sleep(6)
    process.terminate()
    err = process.communicate(timeout=harness.TIMEOUT)[1].decode()
    assert process.returncode == 130, (process.returncode, err)
    assert not list(folder.iterdir()), err


if __name__ == "__main__":
    main(tests_of(globals()))
