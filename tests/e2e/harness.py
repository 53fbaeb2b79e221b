"""What the end-to-end tests share: a TAP runner, the program under test, clips made by ffmpeg, ffprobe.

A test is a function; `main` runs those of a module, one TAP line each. The program is the first argument or
$DUALFACE; the folder of prepared footage and models is $DUALFACE_DEPS.
"""

import hashlib
import inspect
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPS = pathlib.Path(os.environ.get("DUALFACE_DEPS", ROOT / "deps"))
PROGRAM = os.environ.get("DUALFACE", str(ROOT / "build" / "dualface"))
# Seconds; a hang is a failure, speed is not tested here. Builds with sanitizers take their time.
TIMEOUT = float(os.environ.get("DUALFACE_TEST_TIMEOUT", 300))


class Outcome:
    """How a run of the program ended."""

    def __init__(self, finished):
        self.code = finished.returncode
        self.out = finished.stdout.decode("utf-8", "replace")
        self.err = finished.stderr.decode("utf-8", "replace")

    @property
    def result(self):
        """The last line of --json."""
        return json.loads(self.out.strip().splitlines()[-1])

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out[-1500:]}\nstderr: {self.err[-1500:]}"


def dualface(*arguments, **options):
    """Runs the program; any exit code is an outcome, a signal is a crash."""
    finished = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT, **options)
    outcome = Outcome(finished)
    assert outcome.code >= 0, f"died of signal {-outcome.code}: {outcome}"
    return outcome


def succeed(*arguments, **options):
    outcome = dualface(*arguments, **options)
    assert outcome.code == 0, outcome
    return outcome


def fail_with(code, *arguments, says=(), **options):
    """The program must end with this code and one line of error that has these words in it."""
    outcome = dualface(*arguments, **options)
    assert outcome.code == code, outcome
    errors = [line for line in outcome.err.splitlines() if line.startswith("dualface: error:")]
    assert len(errors) == 1, outcome
    for word in [says] if isinstance(says, str) else says:
        assert word.lower() in errors[0].lower(), f"{word!r} is not in: {errors[0]}"
    return outcome


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True,
                   timeout=TIMEOUT)


def turn(source, out, degrees):
    """Copies a clip, marked to be shown turned clockwise."""
    angle = 360 - degrees
    options = subprocess.run(["ffmpeg", "-v", "error", "-h", "full"], capture_output=True, check=True,
                             timeout=TIMEOUT).stdout
    if b"-display_rotation" in options:
        ffmpeg("-display_rotation", angle, "-i", source, "-c", "copy", out)
    else:  # before FFmpeg 6
        ffmpeg("-i", source, "-c", "copy", "-metadata:s:v:0", f"rotate={angle}", out)


def probe(path, *arguments):
    finished = subprocess.run(["ffprobe", "-v", "error", "-of", "json", *arguments, str(path)],
                              capture_output=True, check=True, timeout=TIMEOUT)
    return json.loads(finished.stdout)


def streams(path, kind=None):
    found = probe(path, "-show_streams")["streams"]
    return [s for s in found if kind in (None, s["codec_type"])]


def video(path):
    return streams(path, "video")[0]


def times(path, stream="v:0"):
    """Presentation times of all packets in order, seconds, from the first."""
    packets = probe(path, "-select_streams", stream, "-show_packets",
                    "-show_entries", "packet=pts_time")["packets"]
    found = sorted(float(p["pts_time"]) for p in packets if "pts_time" in p)
    return [t - found[0] for t in found]


def picture_times(path):
    """Times of all pictures as decoded, seconds, from the first: some files give packets none. A
    picture without one is as far behind the one before as that was."""
    key = "best_effort_timestamp_time"
    frames = probe(path, "-select_streams", "v:0", "-show_frames", "-show_entries",
                   f"frame={key}")["frames"]
    found = []
    for frame in frames:
        found.append(float(frame[key]) if key in frame else 2 * found[-1] - found[-2])
    return [t - found[0] for t in found]


def first_time(path, stream):
    packets = probe(path, "-select_streams", stream, "-show_packets",
                    "-show_entries", "packet=pts_time")["packets"]
    return min(float(p["pts_time"]) for p in packets if "pts_time" in p)


def stream_md5(path, stream):
    """Of a stream's packets as they are stored."""
    finished = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", str(path), "-map",
                               f"0:{stream}", "-c", "copy", "-f", "md5", "-"],
                              capture_output=True, check=True, timeout=TIMEOUT)
    return finished.stdout.decode().strip()


def pictures_md5(path):
    """Of every decoded picture of the video, in order."""
    finished = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", str(path), "-map", "0:v:0",
                               "-fps_mode", "passthrough", "-f", "framemd5", "-"],
                              capture_output=True, check=True, timeout=TIMEOUT)
    lines = finished.stdout.decode().splitlines()
    return [line.split(",")[-1].strip() for line in lines if not line.startswith("#")]


def file_md5(path):
    return hashlib.md5(pathlib.Path(path).read_bytes()).hexdigest()


def tracks(path):
    """The header and the frames of a tracks file."""
    lines = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]
    return lines[0], lines[1:]


def footage(name):
    """A prepared two-person clip; made on first use."""
    path = DEPS / "footage" / f"{name}.mp4"
    if not path.exists():
        subprocess.run([str(ROOT / "tools" / "make_footage"), name], check=True,
                       stdout=subprocess.DEVNULL)
    return path


class Clips:
    """Short variants of the sample footage, made once for all tests of a module."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def make(self, name, *arguments, source=None, seconds=2, start=0):
        path = self.folder / name
        if not path.exists():
            ffmpeg("-ss", start, "-t", seconds, "-i", source or footage("talk"), *arguments, path)
        return path

    def small(self):
        """2 seconds, 640x360, H.264 and AAC: enough faces for everything, quickly done."""
        return self.make("small.mp4", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast",
                         "-c:a", "aac")


def tagged(space, transfer, primaries, reach="tv"):
    """The filter that says what colours a picture has: in newer releases ffmpeg's options for that
    lose to what the picture itself says."""
    return f"setparams=colorspace={space}:color_trc={transfer}:color_primaries={primaries}:range={reach}"


def tests_of(names):
    """The tests of a module: its functions that take (clips, folder)."""
    return [value for value in names.values()
            if inspect.isfunction(value) and getattr(value, "__module__", "") == "__main__"
            and value.__code__.co_varnames[:value.__code__.co_argcount] == ("clips", "folder")]


def main(tests, skipped=(), why=""):
    """Runs the tests (functions that take Clips and an empty folder) as a TAP stream. Those of `skipped` are not run,
    and the reason is said."""
    if len(sys.argv) > 1:
        global PROGRAM
        PROGRAM = os.path.abspath(sys.argv[1])
    failed = 0
    print(f"1..{len(tests)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="dualface-e2e-") as top:
        clips = Clips(top)
        os.environ["DUALFACE_STATE"] = os.path.join(top, "state")  # not the user's
        for number, test in enumerate(tests, 1):
            if test in skipped:
                print(f"ok {number} - {test.__name__} # SKIP {why}", flush=True)
                continue
            folder = pathlib.Path(top) / test.__name__
            folder.mkdir()
            try:
                test(clips, folder)
                print(f"ok {number} - {test.__name__}", flush=True)
            except Exception:
                failed += 1
                for line in traceback.format_exc().splitlines():
                    print(f"# {line}")
                print(f"not ok {number} - {test.__name__}", flush=True)
    sys.exit(1 if failed else 0)
