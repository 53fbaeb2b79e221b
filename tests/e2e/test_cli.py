"""The command line itself: help, usage errors, exit codes, and what goes to which stream."""

import errno
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import harness
from harness import dualface, fail_with, footage, main, succeed, tests_of

COMMANDS = ("run", "analyze", "render")
FAST = ("--profile", "realtime")


def spawn(*arguments, **options):
    return subprocess.Popen([harness.PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, **options)


def on_a_terminal(*arguments, seconds=harness.TIMEOUT, act=None):
    """Runs with standard error on a pseudo-terminal: (exit code, standard output, what the terminal got)."""
    ours, theirs = pty.openpty()
    process = spawn(*arguments, stdout=subprocess.PIPE, stderr=theirs, env=dict(os.environ, TERM="xterm"))
    os.close(theirs)
    shown, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            got = os.read(ours, 65536)
        except OSError as error:
            assert error.errno == errno.EIO, error  # the other end is closed
            break
        if not got:
            break
        shown += got
        if act:
            act(process, shown)
    out, _ = process.communicate(timeout=harness.TIMEOUT)
    os.close(ours)
    return process.returncode, out.decode(), shown.decode("utf-8", "replace")


def help_is_there_for_all_and_for_each_command(clips, folder):
    outcome = succeed("--help")
    assert outcome.err == "" and all(f"dualface {c} " in outcome.out for c in COMMANDS), outcome
    for command in COMMANDS:
        outcome = succeed(command, "--help")
        assert outcome.out.startswith(f"Usage: dualface {command} "), outcome
        assert max(map(len, outcome.out.splitlines())) <= 80, outcome
        assert succeed(command, "-h").out == outcome.out


def version_names_the_libraries(clips, folder):
    outcome = succeed("--version")
    assert re.match(r"dualface \d+\.\d+\.\d+\nFFmpeg ", outcome.out), outcome
    for library in ("libavcodec", "libavformat", "libswscale"):
        assert re.search(rf"{library} +\d+\.\d+\.\d+\n", outcome.out), outcome
    assert re.search(r"ONNX Runtime \d+\.\d+", outcome.out), outcome


def version_says_how_to_get_onnx_runtime(clips, folder):
    outcome = succeed("--version", env=dict(os.environ, DUALFACE_ONNXRUNTIME=str(folder / "none.so")))
    assert "none.so" in outcome.out, outcome


def doctor_finds_what_the_program_needs(clips, folder):
    outcome = succeed("doctor")
    assert outcome.err == "" and outcome.out.endswith("\nThe program can run here.\n"), outcome
    told = succeed("doctor", "--json")
    report = json.loads(told.out)
    assert report["type"] == "doctor" and report["ok"] and report["exit"] == 0, report
    found = {(finding["topic"], finding["name"]): finding for finding in report["findings"]}
    for topic, name in (("Machine", "processor"), ("FFmpeg", "h264 decoder"), ("FFmpeg", "h264 encoder"),
                        ("Models", "detector"), ("Models", "embedder"), ("ONNX Runtime", "library"),
                        ("ONNX Runtime", "CPU")):
        assert found[topic, name]["state"] == "ok", found[topic, name]
    assert any(topic == "GPU" for topic, _ in found), report
    assert all(finding["text"] for finding in report["findings"]), report


def jobs_of_nobody_are_none_and_looking_makes_no_folder(clips, folder):
    state = folder / "state"
    told = dict(os.environ, DUALFACE_STATE=str(state))
    assert succeed("jobs", "list", env=told).out == "0 jobs\n"
    result = json.loads(succeed("jobs", "list", "--json", "--state", state).out)
    assert result["ok"] and set(result["counts"].values()) == {0}, result
    fail_with(2, "jobs", "show", "1", "--state", state, says=("no job 1", state.name))
    fail_with(2, "jobs", "lsit", says="did you mean list")
    fail_with(2, "jobs", says="dualface jobs list")
    assert not state.exists()


def doctor_says_what_is_missing_and_how_to_get_it(clips, folder):
    for variable, topic in (("DUALFACE_ONNXRUNTIME", "ONNX Runtime"), ("DUALFACE_MODELS", "Models")):
        lacking = dict(os.environ, **{variable: str(folder / "none")})
        outcome = dualface("doctor", env=lacking)
        assert outcome.code == 3 and outcome.err == "" and "tools/setup" in outcome.out, outcome
        report = json.loads(dualface("doctor", "--json", env=lacking).out)
        missing = [finding for finding in report["findings"] if finding["state"] == "missing"]
        assert [finding["topic"] for finding in missing] == [topic], missing
        assert str(folder / "none") in missing[0]["text"] and missing[0]["advice"], missing
        assert not report["ok"] and report["exit"] == 3, report


def the_manual_is_one_that_man_can_show(clips, folder):
    outcome = succeed("--manual")
    assert outcome.out.startswith(".TH DUALFACE 1 "), outcome
    if shutil.which("groff"):
        shown = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=outcome.out.encode(),
                               capture_output=True, check=True, timeout=harness.TIMEOUT)
        assert shown.stderr == b"", shown.stderr.decode()


def usage_errors_are_one_line_and_end_with_2(clips, folder):
    out = folder / "out.mp4"
    for arguments, says in (
            ([], "dualface --help"),
            (["rnu"], "did you mean run"),
            (["video.mp4"], "the command comes first"),
            (["--verison"], "--version"),
            (["run"], "INPUT is missing"),
            (["run", "a.mp4"], "dualface run INPUT... -o OUT"),
            (["analyze", "a.mp4", "b.mp4", "--tracks", "t"], "b.mp4"),
            (["run", "a.mp4", "-o", out, "--bitrat", "4M"], "did you mean --bitrate"),
            (["run", "a.mp4", "-o", out, "--bitrate", "fast"], "such as 4M"),
            (["run", "a.mp4", "-o", out, "--crf", "1", "--bitrate", "4M"], "exclude"),
            (["run", "a.mp4", "-o", out, "--crf", "52", "--codec", "h264"], "0 to 51"),
            (["run", "a.mp4", "-o", out, "--lookahead", "11"], "0 to 10"),
            (["run", "a.mp4", "-o", out, "--start", "1:75"], "MM:SS"),
            (["run", "-", "-o", out], "standard input"),
            (["analyze", "a.mp4"], "--tracks FILE"),
            (["analyze", "a.mp4", "--tracks", "t", "--crf", "1"], "an option of run, serve, render and bench"),
            (["render", "a.mp4", "-o", out], "--tracks FILE")):
        outcome = fail_with(2, *arguments, says=says)
        assert len(outcome.err.splitlines()) == 1 and outcome.out == "", outcome


def names_from_outside_cannot_break_the_line(clips, folder):
    outcome = fail_with(1, "run", "no\nsuch\x1b[2J.mp4", "-o", folder / "out.mp4", says="no?such?[2J.mp4")
    assert len(outcome.err.splitlines()) == 1 and "\x1b" not in outcome.err, outcome


def json_tells_errors_too(clips, folder):
    for arguments, code, name in (
            (["run", "--json"], 2, "DF_EUSAGE"),
            (["run", folder / "none.mp4", "-o", folder / "out.mp4", "--json"], 1, "DF_EINPUT"),
            (["run", clips.small(), "-o", folder / "out.mp4", "--json", "--models", folder / "none"], 3,
             "DF_EMISSING")):
        outcome = fail_with(code, *arguments)
        assert not outcome.result["ok"] and outcome.result["exit"] == code, outcome
        assert outcome.result["error"]["name"] == name, outcome
        assert outcome.err == f"dualface: error: {outcome.result['error']['text']}\n", outcome


def json_lines_are_whole_with_any_file_name(clips, folder):
    name = os.fsencode(folder) + b'/q"uote \xff.mp4'
    shutil.copy(clips.small(), name)
    outcome = succeed("analyze", os.fsdecode(name), "--tracks", folder / "t", "--json")
    for line in outcome.out.splitlines():
        json.loads(line)
    assert outcome.result["input"].endswith('q"uote \ufffd.mp4'), outcome
    assert outcome.result["tracks"] == str(folder / "t"), outcome


def a_pipe_gets_no_progress(clips, folder):
    outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", *FAST)
    assert "\r" not in outcome.err and "\x1b" not in outcome.err, outcome
    assert "fps" in outcome.out and "people" in outcome.out, outcome


def a_terminal_gets_one_line_of_progress(clips, folder):
    code, out, shown = on_a_terminal("run", footage("talk"), "--duration", "8", "-o", folder / "out.mp4",
                                     *FAST)
    assert code == 0, shown
    assert re.search(r"\r *\d+\.\d %  \d+/\d+ frames  [\d.]+ fps  [\d.]+x  ETA \d+:\d\d\x1b\[K", shown), shown
    assert "\n" not in re.sub(r"(?:\r\x1b\[K)?dualface: [^\r\n]*\r\n", "", shown), repr(shown)
    assert shown.endswith("\r\x1b[K"), repr(shown)
    assert "\x1b" not in out and str(folder / "out.mp4") in out, out


def quiet_and_json_draw_nothing_on_a_terminal(clips, folder):
    for option in ("--quiet", "--json"):
        code, out, shown = on_a_terminal("run", clips.small(), "-o", folder / f"{option}.mp4", option, *FAST)
        assert code == 0 and "\r\x1b" not in shown and "fps " not in shown, (code, shown)
        assert (out == "") == (option == "--quiet"), out


def the_second_ctrl_c_ends_at_once(clips, folder):
    sent = []

    def interrupt(process, shown):
        # The program may be done with the first wish before the second comes; then nothing is sent.
        if b"frames" in shown and len(sent) < 2 and (not sent or time.monotonic() - sent[0] > 0.7):
            process.send_signal(signal.SIGINT)
            sent.append(time.monotonic())

    code, _, shown = on_a_terminal("run", footage("talk"), "-o", folder / "out.mp4", "--profile", "quality",
                                   act=interrupt)
    assert sent and code == 130, (code, shown)
    assert not (folder / "out.mp4").exists()


def two_signals_of_one_moment_are_one_wish(clips, folder):
    process = spawn("run", footage("talk"), "-o", folder / "out.mp4", "--profile", "quality",
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1.5)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=harness.TIMEOUT)
    assert process.returncode == 130 and b"stopped" in err, (process.returncode, err)
    assert not list(folder.iterdir()), list(folder.iterdir())


def nohup_is_respected(clips, folder):
    process = spawn("analyze", footage("talk"), "--duration", "4", "--tracks", folder / "t",
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    time.sleep(0.5)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=harness.TIMEOUT)
    assert process.returncode == 0 and (folder / "t").exists()


def a_full_standard_output_is_an_error(clips, folder):
    with open("/dev/full", "wb") as full:
        for arguments in (["--help"], ["run", clips.small(), "-o", folder / "out.mp4", *FAST],
                          ["analyze", clips.small(), "--tracks", folder / "t", "--json"]):
            process = spawn(*arguments, stdout=full, stderr=subprocess.PIPE)
            _, err = process.communicate(timeout=harness.TIMEOUT)
            assert process.returncode == 1, arguments
            assert b"dualface: error: standard output" in err, err
    assert (folder / "out.mp4").exists() and (folder / "t").exists()


def a_reader_that_went_away_is_none(clips, folder):
    reading, writing = os.pipe()
    os.close(reading)
    for arguments in (["--help"], ["analyze", clips.small(), "--tracks", folder / "t", "--json"]):
        process = spawn(*arguments, stdout=writing, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=harness.TIMEOUT)
        assert process.returncode == 0 and b"error" not in err, (process.returncode, err)
    os.close(writing)


def closed_standard_streams_harm_no_file(clips, folder):
    script = '"$0" analyze "$1" --tracks "$2" <&- >&- 2>&-'
    finished = subprocess.run(["sh", "-c", script, harness.PROGRAM, str(clips.small()), str(folder / "t")],
                              timeout=harness.TIMEOUT)
    assert finished.returncode == 0
    for line in (folder / "t").read_text().splitlines():
        json.loads(line)


def overwrite_never_destroys_what_is_read(clips, folder):
    copy, link = folder / "copy.mp4", folder / "link"
    shutil.copy(clips.small(), copy)
    os.link(copy, link)
    for option in ("--tracks", "--observations"):
        fail_with(2, "analyze", copy, option, link, "--overwrite", says="would replace")
    for option in ("--debug", "--contact-sheet"):
        fail_with(2, "run", copy, "-o", folder / "out.mp4", option, link, "--overwrite",
                  says="would replace")
    assert copy.read_bytes() == clips.small().read_bytes()


def a_name_that_begins_with_a_dash_comes_after_two(clips, folder):
    shutil.copy(clips.small(), folder / "-clip.mp4")
    succeed("analyze", "--tracks", "t", "--", "-clip.mp4", cwd=folder,
            env=dict(os.environ, DUALFACE_MODELS=str(harness.DEPS / "models")))
    assert (folder / "t").exists()
    outcome = dualface("analyze", "-clip.mp4", "--tracks", "u", cwd=folder)
    assert outcome.code == 2, outcome


if __name__ == "__main__":
    main(tests_of(globals()))
