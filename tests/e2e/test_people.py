"""`dualface people`, and --people, which takes its numbers."""

import os

from harness import fail_with, footage, main, succeed, tests_of, tracks, video


def the_people_are_listed_with_their_numbers(clips, folder):
    outcome = succeed("people", clips.small(), "-o", folder / "sheet.png")
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["1", "A", "left"] in [line[:3] for line in lines], outcome
    assert ["2", "B", "right"] in [line[:3] for line in lines], outcome
    sheet = video(folder / "sheet.png")
    assert (sheet["codec_name"], sheet["width"], sheet["height"]) == ("png", 2 * 426 + 4, 480), sheet
    assert os.listdir(folder) == ["sheet.png"]


def programs_read_who_was_found(clips, folder):
    result = succeed("people", footage("leaving"), "--duration", "20", "--json").result
    first, second = result["found"]
    assert (first["number"], first["person"], first["seat"]) == (1, "A", "left"), first
    assert (second["number"], second["person"], second["seat"]) == (2, "B", "right"), second
    assert first["share"] > 0.95 and 0.4 < second["share"] < 0.9, result
    assert abs(second["seconds"] - 20 * second["share"]) < 0.1, second
    assert first["first_t"] == second["first_t"] == 0, result
    for found in succeed("people", clips.small(), "--json").result["found"]:
        x, _, w, h = found["best_face"]
        assert w > 30 and h > 30 and (x + w / 2 > 320) == (found["seat"] == "right"), found
        assert 0 <= found["best_t"] < 2, found


def a_log_gives_the_same_sheet(clips, folder):
    clip = clips.small()
    succeed("people", clip, "-o", folder / "a.png", "--observations", folder / "log")
    succeed("people", clip, "-o", folder / "b.png", "--replay", folder / "log")
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()


def a_part_is_shown_from_that_part(clips, folder):
    succeed("people", footage("cuts"), "--start", "5.2", "--duration", "1", "-o", folder / "a.png")
    result = succeed("people", footage("cuts"), "--start", "5.2", "--duration", "1", "--json").result
    assert result["found"] and all(5.2 <= f["best_t"] < 6.2 for f in result["found"]), result


def numbers_give_the_halves(clips, folder):
    for number, who in enumerate(("left=2,right=1", "right=A, left=B", "left=2")):
        succeed("analyze", clips.small(), "--tracks", folder / f"{number}.jsonl", "--people", who)
        header, frames = tracks(folder / f"{number}.jsonl")
        assert header["people"] == [{"id": "B", "seat": "left"}, {"id": "A", "seat": "right"}], header
        assert all(f["left"]["person"] == "B" and f["left"]["window"][0] > 300 for f in frames)


def numbers_mean_the_same_in_every_command(clips, folder):
    """Who sits where changes nothing of who is called what."""
    clip = footage("crossing")
    result = succeed("people", clip, "--json").result
    succeed("analyze", clip, "--tracks", folder / "t.jsonl", "--people", "left=2,right=1", "--lookahead", "0.5")
    header, frames = tracks(folder / "t.jsonl")
    for found in result["found"]:
        seen = sum(face["person"] == found["person"] for f in frames for face in f["faces"])
        assert abs(seen / len(frames) - found["share"]) < 0.01, (found, seen)
        assert header["people"]


def a_number_that_nobody_has_is_said(clips, folder):
    result = succeed("analyze", clips.small(), "--tracks", folder / "t.jsonl", "--people", "left=9", "--json").result
    assert len(result["warnings"]) == 1, result
    assert "person 9" in result["warnings"][0] and "found were 1, 2" in result["warnings"][0], result


def corrections_come_on_top(clips, folder):
    succeed("analyze", clips.small(), "--tracks", folder / "t.jsonl", "--people", "left=2,right=1", "--fix",
            "1 swap")
    _, frames = tracks(folder / "t.jsonl")
    assert all(f["left"]["person"] == ("B" if f["t"] < 1 else "A") for f in frames)


def what_is_wrong_is_one_error(clips, folder):
    clip, out, t = clips.small(), folder / "out.png", folder / "t.jsonl"
    nobody = clips.make("nobody.mp4", "-f", "lavfi", "-i", "testsrc2=s=640x360:d=1", "-map", "1:v",
                        "-c:v", "libx264")
    fail_with(1, "people", nobody, "-o", out, says="nobody was found")
    fail_with(1, "people", folder / "none.mp4", "-o", out, says="none.mp4")
    fail_with(1, "people", clip, "-o", folder / "none" / "out.png", says="none")
    fail_with(2, "people", "-o", out, says="INPUT is missing")
    fail_with(2, "people", clip, "-o", clip, "--overwrite", says="small.mp4")
    fail_with(2, "analyze", clip, "--tracks", t, "--people", "left", says="column 1")
    fail_with(2, "analyze", clip, "--tracks", t, "--people", "left=1,right=1", says="both halves")
    fail_with(2, "analyze", clip, "--tracks", t, "--people", "left=1", "--swap", says="exclude")
    fail_with(2, "run", clip, footage("talk"), "-o", folder, "--people", "left=1", says="several INPUTs")
    assert "nobody was found" in succeed("people", nobody).out
    out.write_bytes(b"mine")
    fail_with(1, "people", clip, "-o", out, says="out.png")
    assert out.read_bytes() == b"mine" and os.listdir(folder) == ["out.png"]


def portrait(made, seat):
    """One of the two of the talk, alone."""
    crop = "crop=860:1000:0:80" if seat == "left" else "crop=860:1000:1060:80"
    return made.make(f"{seat}.png", "-vf", f"select=eq(n\\,20),{crop}", "-frames:v", "1")


def both_photos_of_one_person_are_refused(clips, folder):
    right, t = portrait(clips, "right"), folder / "t.jsonl"
    other = clips.make("again.png", "-vf", "select=eq(n\\,50),crop=900:1000:1020:80", "-frames:v", "1")
    fail_with(1, "analyze", clips.small(), "--tracks", t, "--left", right, "--right", other,
              says=("right.png", "again.png", "same person"))
    assert not list(folder.iterdir())
    succeed("analyze", clips.small(), "--tracks", t, "--left", right, "--right", portrait(clips, "left"))


def a_photo_of_somebody_who_does_not_come_is_said(clips, folder):
    alone = clips.make("alone.mp4", "-vf", "crop=960:1080:0:0,scale=640:720", "-an")
    result = succeed("analyze", alone, "--tracks", folder / "t.jsonl", "--left", portrait(clips, "right"),
                     "--json").result
    assert len(result["warnings"]) == 1, result
    for word in ("--left", "right.png", "not seen", "found were 2"):
        assert word in result["warnings"][0], result
    assert [found["number"] for found in result["found"]] == [2], result
    result = succeed("analyze", alone, "--tracks", folder / "u.jsonl", "--left", portrait(clips, "left"),
                     "--json").result
    assert result["warnings"] == [] and result["found"][0]["seat"] == "left", result


def a_photo_of_several_is_of_the_largest_or_of_no_use(clips, folder):
    clip, t = clips.small(), folder / "t.jsonl"
    both = clips.make("both.png", "-vf", "select=eq(n\\,20)", "-frames:v", "1")
    fail_with(1, "analyze", clip, "--tracks", t, "--left", both, says=("both.png", "more than one face", "(2:", " at "))
    small = clips.make("mostly.png", "-filter_complex",
                       "[0:v]select=eq(n\\,20),split[a][b];[a]crop=860:1000:1060:80,pad=1260:1000[c];"
                       "[b]crop=860:1000:0:80,scale=344:400[d];[c][d]overlay=880:300", "-frames:v", "1")
    result = succeed("analyze", clip, "--tracks", t, "--left", small, "--json").result
    assert any("mostly.png shows 2 faces; the largest one is taken" in note for note in result["notes"]), result
    _, frames = tracks(t)
    assert all(f["left"]["window"][0] > 300 for f in frames), frames[0]


if __name__ == "__main__":
    main(tests_of(globals()))
