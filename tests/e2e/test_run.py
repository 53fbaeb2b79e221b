"""One video in, one split screen out: what README promises, on real footage."""

import json
import os
import pathlib
import subprocess

import harness
from harness import (dualface, fail_with, file_md5, footage, main, pictures_md5, streams, stream_md5,
                     succeed, tests_of, times, tracks, video)


def assert_same_times(source, result, unit):
    wanted, found = times(source), times(result)
    assert len(found) == len(wanted), f"{len(found)} pictures of {len(wanted)}"
    worst = max(abs(a - b) for a, b in zip(wanted, found))
    assert worst <= unit, f"a picture is off by {worst} s"


def makes_a_split_screen_of_every_picture(clips, folder):
    out = folder / "out.mp4"
    outcome = succeed("run", clips.small(), "-o", out, "--profile", "realtime")
    stream = video(out)
    assert (stream["width"], stream["height"]) == (1920, 1080), stream
    assert stream["codec_name"] == "h264"
    assert_same_times(clips.small(), out, 1e-6)
    assert "60" in outcome.out, outcome  # the summary says how many pictures


def keeps_the_audio_bit_for_bit(clips, folder):
    out = folder / "out.mp4"
    succeed("run", clips.small(), "-o", out, "--profile", "realtime")
    assert stream_md5(out, "a:0") == stream_md5(clips.small(), "a:0")


def nothing_is_left_beside_the_output(clips, folder):
    succeed("run", clips.small(), "-o", folder / "out.mp4", "--profile", "realtime")
    assert [p.name for p in folder.iterdir()] == ["out.mp4"]


def nothing_is_written_anywhere_else(clips, folder):
    """No caches, no temporary files, no usage data: neither ours nor a library's."""
    home, scratch = folder / "home", pathlib.Path("/tmp")
    home.mkdir()
    before = {p.name for p in scratch.iterdir()}
    process = subprocess.Popen([harness.PROGRAM, "analyze", str(clips.small()), "--tracks",
                                str(folder / "t.jsonl"), "-q"],
                               env=dict(os.environ, HOME=str(home), XDG_CACHE_HOME=str(home)))
    assert process.wait(timeout=harness.TIMEOUT) == 0
    new = [name for name in {p.name for p in scratch.iterdir()} - before if str(process.pid) in name]
    assert not list(home.iterdir()) and not new, (list(home.iterdir()), new)


def a_folder_gets_a_name_made_from_the_input(clips, folder):
    succeed("run", clips.small(), "-o", folder, "--profile", "realtime")
    assert [p.name for p in folder.iterdir()] == ["small-split.mp4"]


def json_gives_a_result_line(clips, folder):
    outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", "--json", "--profile", "realtime")
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert lines[-1]["type"] == "result", lines
    assert lines[-1]["frames"] == 60, lines[-1]
    assert all(line["type"] == "progress" for line in lines[:-1])


def quiet_says_nothing(clips, folder):
    outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", "-q", "--profile", "realtime")
    assert outcome.out == "" and outcome.err == "", outcome


def both_people_are_seen_in_their_own_half(clips, folder):
    succeed("analyze", footage("talk"), "--duration", "5", "--tracks", folder / "t.jsonl")
    header, frames = tracks(folder / "t.jsonl")
    assert len(frames) == 150
    assert {p["seat"] for p in header["people"]} == {"left", "right"}
    middle = {"left": [], "right": []}
    for frame in frames:
        for seat in middle:
            if frame[seat]["face"]:
                x, _, w, _ = frame[seat]["face"]
                middle[seat].append(x + w / 2)
    for seat, found in middle.items():
        assert len(found) >= 0.95 * len(frames), f"{seat} seen in {len(found)}"
    assert max(middle["left"]) < min(middle["right"])


def windows_stay_still_on_seated_people(clips, folder):
    succeed("analyze", footage("talk"), "--duration", "6", "--tracks", folder / "t.jsonl")
    _, frames = tracks(folder / "t.jsonl")
    for seat in ("left", "right"):
        windows = [tuple(f[seat]["window"]) for f in frames]
        moved = sum(a != b for a, b in zip(windows, windows[1:]))
        assert moved < 0.5 * len(windows), f"{seat} moves in {moved} of {len(windows)} pictures"


def windows_never_leave_the_picture(clips, folder):
    for name in ("crossing", "leaving", "cuts"):
        succeed("analyze", footage(name), "--tracks", folder / f"{name}.jsonl")
        header, frames = tracks(folder / f"{name}.jsonl")
        for frame in frames:
            for seat in ("left", "right"):
                x, y, w, h = frame[seat]["window"]
                inside = x >= 0 and y >= 0 and x + w <= header["width"] and y + h <= header["height"]
                assert inside, frame


def truth_boxes(name):
    """Frame -> id -> box of the visible people of a prepared clip."""
    boxes = {}
    for line in footage(name).with_suffix(".mot.csv").read_text().split():
        n, who, x, y, w, h, conf, _, visibility = line.split(",")
        if float(conf) > 0 and float(visibility) > 0.9:
            boxes.setdefault(int(n) - 1, {})[int(who)] = tuple(map(float, (x, y, w, h)))
    return boxes


def overlap(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(w, 0) * max(h, 0) / min(a[2] * a[3], b[2] * b[3])


def seat_of_each_person(name, frames):
    """For each true person, how often each seat's face was on it."""
    counts = {}
    for n, people in truth_boxes(name).items():
        for who, box in people.items():
            for seat in ("left", "right"):
                face = frames[n][seat]["face"]
                if face and overlap(face, box) > 0.5:
                    counts.setdefault(who, {"left": 0, "right": 0})[seat] += 1
    return counts


def people_keep_their_half(clips, folder):
    for name in ("crossing", "leaving", "cuts"):
        succeed("analyze", footage(name), "--tracks", folder / f"{name}.jsonl")
        _, frames = tracks(folder / f"{name}.jsonl")
        counts = seat_of_each_person(name, frames)
        assert len(counts) == 2, (name, counts)
        for who, seats in counts.items():
            wrong, right = sorted(seats.values())
            assert wrong <= 0.01 * right, f"{name}: person {who} was in {seats}"
            visible = sum(who in people for people in truth_boxes(name).values())
            assert right >= 0.9 * visible, f"{name}: person {who} was in {seats} of {visible}"
        halves = {max(seats, key=seats.get) for seats in counts.values()}
        assert len(halves) == 2, f"{name}: both were in {halves}"


def cuts_are_found_on_their_frame(clips, folder):
    wanted = [int(line) for line in footage("cuts").with_suffix(".cuts").read_text().split()]
    assert wanted
    succeed("analyze", footage("cuts"), "--tracks", folder / "t.jsonl")
    _, frames = tracks(folder / "t.jsonl")
    assert [f["n"] for f in frames if f["cut"]] == wanted


def embeddings_are_rare_in_a_talk(clips, folder):
    outcome = succeed("analyze", footage("talk"), "--tracks", folder / "t.jsonl", "--json")
    result = outcome.result
    assert 0 < result["embeddings"] and result["embedded_frames"] < 0.05 * result["frames"], result


def an_unedited_tracks_file_renders_the_same_pictures(clips, folder):
    common = ("--profile", "realtime")
    run = succeed("run", footage("leaving"), "-o", folder / "run.mp4", "--tracks", folder / "t.jsonl",
                  *common)
    succeed("render", footage("leaving"), "--tracks", folder / "t.jsonl", "-o", folder / "render.mp4",
            *common)
    first, second = pictures_md5(folder / "run.mp4"), pictures_md5(folder / "render.mp4")
    assert len(first) > 500 and first == second, run


def analyze_writes_the_file_that_run_writes(clips, folder):
    succeed("run", clips.small(), "-o", folder / "o.mp4", "--tracks", folder / "run.jsonl",
            "--profile", "realtime")
    succeed("analyze", clips.small(), "--tracks", folder / "analyze.jsonl")
    assert file_md5(folder / "run.jsonl") == file_md5(folder / "analyze.jsonl")


def a_log_replays_to_the_same_decisions(clips, folder):
    succeed("analyze", footage("crossing"), "--tracks", folder / "a.jsonl", "--observations",
            folder / "log")
    succeed("analyze", footage("crossing"), "--tracks", folder / "b.jsonl", "--replay", folder / "log")
    assert file_md5(folder / "a.jsonl") == file_md5(folder / "b.jsonl")
    succeed("run", footage("crossing"), "-o", folder / "o.mp4", "--tracks", folder / "c.jsonl",
            "--replay", folder / "log", "--profile", "realtime")
    assert file_md5(folder / "a.jsonl") == file_md5(folder / "c.jsonl")


def a_log_may_have_what_nobody_asked_for(clips, folder):
    succeed("analyze", clips.small(), "--tracks", folder / "a.jsonl", "--observations", folder / "asked")
    succeed("analyze", clips.small(), "--tracks", folder / "b.jsonl", "--observations", folder / "all",
            "--embed-all", "2")
    assert file_md5(folder / "a.jsonl") == file_md5(folder / "b.jsonl")
    assert (folder / "all").stat().st_size > (folder / "asked").stat().st_size + 50 * 512
    succeed("analyze", clips.small(), "--tracks", folder / "c.jsonl", "--replay", folder / "all")
    assert file_md5(folder / "a.jsonl") == file_md5(folder / "c.jsonl")
    fail_with(2, "analyze", clips.small(), "--tracks", folder / "d.jsonl", "--embed-all", "2",
              says="--observations")


def a_run_goes_on_beyond_a_log_that_stops_early(clips, folder):
    succeed("analyze", clips.small(), "--tracks", folder / "a.jsonl", "--observations", folder / "log")
    whole = (folder / "log").read_bytes()
    (folder / "log").write_bytes(whole[:len(whole) // 2])
    succeed("run", clips.small(), "-o", folder / "o.mp4", "--tracks", folder / "b.jsonl",
            "--replay", folder / "log", "--profile", "realtime")
    assert file_md5(folder / "a.jsonl") == file_md5(folder / "b.jsonl")


def a_log_of_another_part_does_not_pass_for_this_one(clips, folder):
    log, out = folder / "log", folder / "b.jsonl"
    succeed("analyze", clips.small(), "--observations", log)
    fail_with(1, "analyze", clips.small(), "--start", "1", "--replay", log, "--tracks", out,
              says="another video or part")
    fail_with(1, "analyze", clips.small(), "--duration", "1", "--replay", log, "--tracks", out,
              says="another video or part")
    assert not out.exists()
    whole = log.read_bytes()
    log.write_bytes(whole[:len(whole) // 2])
    outcome = succeed("analyze", clips.small(), "--replay", log, "--tracks", out)
    assert "nothing is decided for the rest" in outcome.err, outcome


def a_refused_run_leaves_no_log(clips, folder):
    fail_with(1, "run", clips.small(), "-o", folder / "out.webm", "--codec", "h264",
              "--observations", folder / "log", says="webm")
    assert not list(folder.iterdir())


def the_speed_of_a_part_is_that_of_the_part(clips, folder):
    succeed("analyze", clips.small(), "--tracks", folder / "t.jsonl")
    outcome = succeed("render", clips.small(), "--start", "1.5", "--tracks", folder / "t.jsonl",
                      "-o", folder / "out.mp4", "--profile", "realtime", "--json")
    result = json.loads(outcome.out.splitlines()[-1])
    assert result["speed"] * result["seconds"] < 0.6, result


def swap_exchanges_the_halves(clips, folder):
    succeed("analyze", clips.small(), "--tracks", folder / "a.jsonl")
    succeed("analyze", clips.small(), "--tracks", folder / "b.jsonl", "--swap")
    plain, swapped = tracks(folder / "a.jsonl")[1], tracks(folder / "b.jsonl")[1]
    assert plain[30]["left"]["face"] == swapped[30]["right"]["face"] is not None


def photos_name_who_sits_where(clips, folder):
    succeed("analyze", footage("talk"), "--duration", "2", "--tracks", folder / "a.jsonl")
    _, frames = tracks(folder / "a.jsonl")
    photos = {}
    for seat in ("left", "right"):
        x, y, w, h = frames[20][seat]["face"]
        crop = f"crop={int(2 * w)}:{int(2 * h)}:{int(max(x - w / 2, 0))}:{int(max(y - h / 2, 0))}"
        photos[seat] = clips.make(f"{seat}.png", "-vf", f"select=eq(n\\,20),{crop}", "-frames:v", "1")
    succeed("analyze", footage("talk"), "--duration", "2", "--tracks", folder / "b.jsonl",
            "--left", photos["right"], "--right", photos["left"])
    _, named = tracks(folder / "b.jsonl")
    assert named[30]["left"]["face"] == frames[30]["right"]["face"] is not None
    assert named[30]["right"]["face"] == frames[30]["left"]["face"] is not None


def layouts_and_sizes(clips, folder):
    for options, size in ((("--layout", "stacked"), (1080, 1920)),
                          (("--size", "1280x720"), (1280, 720)),
                          (("--layout", "stacked", "--size", "540x962"), (540, 962)),
                          (("--fit", "contain"), (1920, 1080)),
                          (("--fit", "stretch"), (1920, 1080)),
                          (("--fit", "centre-crop"), (1920, 1080))):
        out = folder / f"{'-'.join(options)}.mp4"
        succeed("run", clips.small(), "-o", out, "--profile", "realtime", *options)
        stream = video(out)
        assert (stream["width"], stream["height"]) == size, (options, stream)
        assert len(times(out)) == 60


def look_ahead_0_gives_every_picture(clips, folder):
    succeed("run", clips.small(), "-o", folder / "out.mp4", "--lookahead", "0", "--profile", "realtime")
    assert_same_times(clips.small(), folder / "out.mp4", 1e-6)


def a_part_is_cut_out_exactly(clips, folder):
    succeed("run", footage("talk"), "-o", folder / "out.mp4", "--start", "3.5", "--duration", "1.5",
            "--profile", "realtime", "--tracks", folder / "t.jsonl")
    assert len(times(folder / "out.mp4")) == 45
    _, frames = tracks(folder / "t.jsonl")
    assert len(frames) == 45
    sound = times(folder / "out.mp4", "a:0")
    assert abs(sound[-1] - 1.5) < 0.1, sound[-1]


def a_debug_video_and_a_contact_sheet(clips, folder):
    succeed("run", clips.small(), "-o", folder / "out.mp4", "--debug", folder / "debug.mp4",
            "--contact-sheet", folder / "sheet.png", "--profile", "realtime")
    assert len(times(folder / "debug.mp4")) == 60
    stream = video(folder / "debug.mp4")
    assert (stream["width"], stream["height"]) == (640, 360)
    sheet = video(folder / "sheet.png")
    assert sheet["codec_name"] == "png" and sheet["width"] > 1000, sheet


def a_face_nowhere_gives_a_wide_picture_and_says_so(clips, folder):
    clip = clips.make("nobody.mp4", "-f", "lavfi", "-i", "testsrc2=s=640x360:d=1", "-map", "1:v",
                      "-c:v", "libx264")
    outcome = succeed("run", clip, "-o", folder / "out.mp4", "--tracks", folder / "t.jsonl",
                      "--profile", "realtime")
    assert "no face" in (outcome.out + outcome.err).lower(), outcome
    _, frames = tracks(folder / "t.jsonl")
    assert all(f[s]["state"] == "wide" for f in frames for s in ("left", "right"))
    assert all(f["left"]["window"][3] == 360 for f in frames)


def one_person_alone_is_followed(clips, folder):
    clip = clips.make("alone.mp4", "-vf", "crop=960:1080:0:0,scale=640:720", "-an")
    succeed("run", clip, "-o", folder / "out.mp4", "--tracks", folder / "t.jsonl", "--profile", "realtime")
    _, frames = tracks(folder / "t.jsonl")
    seen = {s: sum(f[s]["state"] == "seen" for f in frames) for s in ("left", "right")}
    assert max(seen.values()) >= 55 and min(seen.values()) == 0, seen


def sharpest_edge(path, seconds):
    """The greatest step between neighbours in the right half of the picture at that time, of 255."""
    finished = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-ss", str(seconds), "-i", str(path),
                               "-frames:v", "1", "-vf", "crop=iw/2:ih:iw/2:0,format=gray", "-f", "rawvideo", "-"],
                              capture_output=True, check=True)
    grey, width = finished.stdout, video(path)["width"] // 2
    rows = [grey[y * width:(y + 1) * width] for y in range(len(grey) // width)]
    return max(abs(a - b) for row in rows for a, b in zip(row, row[1:]))


def who_is_away_can_be_blurred(clips, folder):
    clip = clips.make("leaving.mp4", "-vf", "scale=640:360", "-an", "-c:v", "libx264", source=footage("leaving"),
                      start=5, seconds=3)
    out, t = folder / "out.mp4", folder / "t.jsonl"
    result = succeed("run", clip, "-o", out, "--tracks", t, "--absent", "blur-background", "--hold", "0.5",
                     "--size", "640x360", "--crf", "10", "--md5", "--json").result
    _, frames = tracks(t)
    states = [f["right"]["state"] for f in frames]
    assert states[0] == "seen" and states[-1] == "blurred" and "held" in states, states
    assert all(f["right"]["window"][3] == 360 for f in frames if f["right"]["state"] == "blurred")
    assert sharpest_edge(out, 2.5) < 12 < sharpest_edge(out, 0.2)
    again = succeed("render", clip, "--tracks", t, "-o", folder / "again.mp4", "--size", "640x360",
                    "--md5", "--json").result
    assert again["md5"] == result["md5"]


def rendering_an_edited_file_shows_the_edit(clips, folder):
    succeed("run", clips.small(), "-o", folder / "run.mp4", "--tracks", folder / "t.jsonl",
            "--profile", "realtime")
    lines = (folder / "t.jsonl").read_text().splitlines()
    frame = json.loads(lines[31])
    frame["left"] = {"person": None, "face": None, "window": [0, 0, 0, 0], "state": "black"}
    lines[31] = json.dumps(frame)
    (folder / "edited.jsonl").write_text("\n".join(lines) + "\n")
    succeed("render", clips.small(), "--tracks", folder / "edited.jsonl", "-o", folder / "render.mp4",
            "--profile", "realtime")
    before, after = pictures_md5(folder / "run.mp4"), pictures_md5(folder / "render.mp4")
    assert before[30] != after[30] and before[:30] == after[:30]


def render_refuses_the_tracks_of_another_video(clips, folder):
    succeed("analyze", clips.small(), "--tracks", folder / "t.jsonl")
    other = clips.make("other.mp4", "-vf", "scale=320:180", "-an", seconds=1)
    fail_with(1, "render", other, "--tracks", folder / "t.jsonl", "-o", folder / "out.mp4",
              says="640x360")
    longer = clips.make("longer.mp4", "-vf", "scale=640:360", "-an", seconds=3)
    fail_with(1, "render", longer, "--tracks", folder / "t.jsonl", "-o", folder / "out.mp4",
              says="t.jsonl")
    assert not (folder / "out.mp4").exists()


def an_existing_output_is_kept_without_overwrite(clips, folder):
    out = folder / "out.mp4"
    out.write_text("precious")
    fail_with(1, "run", clips.small(), "-o", out, says=["out.mp4", "--overwrite"])
    assert out.read_text() == "precious"
    succeed("run", clips.small(), "-o", out, "--overwrite", "--profile", "realtime")
    assert streams(out)


def the_program_is_where_readme_says(clips, folder):
    assert dualface("--version").out.startswith("dualface "), "no version"
    assert pathlib.Path(clips.small()).exists()


if __name__ == "__main__":
    main(tests_of(globals()))
