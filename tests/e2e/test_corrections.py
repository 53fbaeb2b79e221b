"""Corrections by hand: --fix and --fix-file."""

from harness import fail_with, footage, main, pictures_md5, succeed, tests_of, tracks

FAST = ("--profile", "realtime", "--size", "320x180")


def log_of_talk(made):
    """Four seconds of the talk, and what was seen in them."""
    log = made.folder / "talk.obs"
    if not log.exists():
        succeed("analyze", footage("talk"), "--duration", "4", "--observations", log)
    return log


def replay(made, folder, *options):
    path = folder / f"{abs(hash(options))}.jsonl"
    outcome = succeed("analyze", footage("talk"), "--duration", "4", "--replay", log_of_talk(made),
                      "--tracks", path, "--json", *options)
    return outcome.result, *tracks(path)


def people(frame):
    return frame["left"]["person"], frame["right"]["person"]


def halves_are_exchanged_for_a_time(clips, folder):
    _, header, frames = replay(clips, folder, "--fix", "1-2 swap")
    for frame in frames:
        swapped = 1 <= frame["t"] < 2
        assert people(frame) == (("B", "A") if swapped else ("A", "B")), frame
        left = frame["left"]["window"]
        assert (left[0] + left[2] / 2 > 960) == swapped, frame
    assert header["people"] == [{"id": "A", "seat": "left"}, {"id": "B", "seat": "right"}]


def a_person_gets_a_half_from_a_time_on(clips, folder):
    _, header, frames = replay(clips, folder, "--fix", "0:01.5 left=2", "--fix", "3 right=none")
    for frame in frames:
        t = frame["t"]
        assert people(frame) == (("A", "B") if t < 1.5 else ("B", "A") if t < 3 else ("B", None)), frame
    assert [f["t"] for f in frames if f["right"]["state"] == "wide"] == [f["t"] for f in frames if f["t"] >= 3]
    assert header["people"] == [{"id": "B", "seat": "left"}]


def a_file_has_rules_too(clips, folder):
    rules = folder / "rules.txt"
    rules.write_text("\ufeff# the second answer\n\n  1-2 swap # here\r\n2 right=none\n")
    _, _, frames = replay(clips, folder, "--fix-file", rules, "--fix", "3 right=A")
    for frame in frames:
        t = frame["t"]
        expected = (("A", "B") if t < 1 else ("B", "A") if t < 2 else ("A", None) if t < 3 else (None, "A"))
        assert people(frame) == expected, frame


def times_are_those_of_the_input(clips, folder):
    succeed("analyze", footage("talk"), "--start", "2", "--duration", "1", "--tracks", folder / "t.jsonl",
            "--fix", "2.5 swap")
    _, frames = tracks(folder / "t.jsonl")
    middle = [people(f)[0] for f in frames if f["t"] < 0.5], [people(f)[0] for f in frames if f["t"] >= 0.5]
    assert [set(half) for half in middle] == [{"A"}, {"B"}], middle


def somebody_who_is_not_there_is_said(clips, folder):
    result, _, _ = replay(clips, folder, "--fix", "1 left=7")
    assert len(result["warnings"]) == 1, result
    assert "person 7" in result["warnings"][0] and "found were 1, 2" in result["warnings"][0], result
    result, _, _ = replay(clips, folder, "--fix", "1 left=2")
    assert result["warnings"] == [], result


def what_is_wrong_is_one_error(clips, folder):
    clip, out = clips.small(), folder / "out.mp4"
    rules = folder / "rules.txt"
    rules.write_text("1 swap\n# fine\n2 left=2 now\n")
    fail_with(1, "run", clip, "-o", out, "--fix-file", rules, says=("rules.txt, line 3", "column 10", "now"))
    fail_with(1, "run", clip, "-o", out, "--fix-file", folder / "none.txt", says="none.txt")
    fail_with(2, "run", clip, "-o", out, "--fix", "swap", says=("column 1", "no time"))
    fail_with(1, "run", clip, "-o", out, "--fix", "1:00 swap", says=("--fix", "ends at 2.0"))
    fail_with(2, "run", clip, footage("talk"), "-o", folder, "--fix", "1 swap", says="several INPUTs")
    fail_with(2, "run", clip, "-o", rules, "--overwrite", "--fix-file", rules, says="rules.txt")
    many = folder / "many"
    many.mkdir()
    (many / "clip.mp4").symlink_to(clip)
    fail_with(2, "run", many, "-o", folder / "made", "--fix", "1 swap", says="several INPUTs")
    assert sorted(path.name for path in folder.iterdir()) == ["many", "rules.txt"]


def rendering_can_exchange_the_halves(clips, folder):
    clip, t = clips.small(), folder / "t.jsonl"
    succeed("analyze", clip, "--tracks", t)
    for name, rules in (("plain", ()), ("exchanged", ("--fix", "0.5-1 swap"))):
        succeed("render", clip, "--tracks", t, "-o", folder / f"{name}.mp4", "--debug", folder / f"{name}-debug.mp4",
                *FAST, "--crf", "0", *rules)
    plain, exchanged = (pictures_md5(folder / f"{name}.mp4") for name in ("plain", "exchanged"))
    assert [n for n in range(60) if plain[n] != exchanged[n]] == list(range(15, 30))
    plain, exchanged = (pictures_md5(folder / f"{name}-debug.mp4") for name in ("plain", "exchanged"))
    assert plain[:15] == exchanged[:15] and plain[15] != exchanged[15]
    fail_with(2, "render", clip, "--tracks", t, "-o", folder / "no.mp4", "--fix", "1 left=2", says="only swap")
    assert not (folder / "no.mp4").exists()


def a_frozen_half_stays_with_its_picture_when_exchanged(clips, folder):
    """What is frozen is the picture of that person's half, also where it is shown in the other one."""
    clip, t = clips.small(), folder / "t.jsonl"
    succeed("analyze", clip, "--tracks", t)
    lines = t.read_text().splitlines()
    for n in range(21, 61):
        lines[n] = lines[n].replace('"state":"seen"', '"state":"frozen"')
    t.write_text("\n".join(lines) + "\n")
    md5 = {}
    for name, rules in (("all", "0 swap"), ("late", "0.8 swap")):
        succeed("render", clip, "--tracks", t, "-o", folder / f"{name}.mp4", *FAST, "--crf", "0", "--fix", rules)
        md5[name] = pictures_md5(folder / f"{name}.mp4")
    assert md5["all"][:24] != md5["late"][:24] and md5["all"][24:] == md5["late"][24:]


if __name__ == "__main__":
    main(tests_of(globals()))
