"""Every kind of file that users bring: codecs, depths, colours, rotations, times, tracks of sound."""

import json
import subprocess

from harness import (ffmpeg, first_time, footage, main, picture_times, probe,
                     streams, stream_md5, succeed, tagged, tests_of, times, tracks, turn, video)

FAST = ("--profile", "realtime")


def run(source, out, *options):
    return succeed("run", source, "-o", out, *FAST, *options)


def assert_every_picture(source, out, unit=1e-4):
    wanted, found = picture_times(source), times(out)
    assert len(wanted) == len(found), f"{source.name}: {len(found)} pictures of {len(wanted)}"
    worst = max(abs(a - b) for a, b in zip(wanted, found))
    assert worst <= unit, f"{source.name}: a picture is off by {worst} s"


CODECS = {
    "hevc.mp4": ("libx265", "yuv420p", "-x265-params", "log-level=none", "-preset", "ultrafast"),
    "hevc10.mkv": ("libx265", "yuv420p10le", "-x265-params", "log-level=none", "-preset", "ultrafast"),
    "vp9.webm": ("libvpx-vp9", "yuv420p", "-deadline", "realtime", "-cpu-used", "8"),
    "av1.mkv": ("libsvtav1", "yuv420p", "-preset", "12"),
    "mpeg2.mpg": ("mpeg2video", "yuv420p", "-q:v", "3"),
    "mpeg2.ts": ("mpeg2video", "yuv420p", "-q:v", "3"),
    "mpeg2-422.mxf": ("mpeg2video", "yuv422p", "-q:v", "3"),
    "prores.mov": ("prores_ks", "yuv422p10le"),
    "prores4444.mov": ("prores_ks", "yuva444p10le"),
    "mjpeg.avi": ("mjpeg", "yuvj420p", "-q:v", "3"),
    "mjpeg444.mov": ("mjpeg", "yuvj444p", "-q:v", "3"),
    "h264-422-10.mkv": ("libx264", "yuv422p10le", "-preset", "ultrafast"),
    "h264-444.mp4": ("libx264", "yuv444p", "-preset", "ultrafast"),
    "ffv1-gray.mkv": ("ffv1", "gray"),
    "rgb.mov": ("qtrle", "rgb24"),
    "ffv1-411.mkv": ("ffv1", "yuv411p"),
    "ffv1-12.mkv": ("ffv1", "yuv420p12le"),
}


def every_codec_and_layout_of_samples(clips, folder):
    for name, (encoder, pixels, *options) in CODECS.items():
        clip = clips.make(name, "-vf", "scale=480:270", "-an", "-c:v", encoder, "-pix_fmt", pixels,
                          *options, seconds=1)
        out = folder / f"{name}.mp4"
        run(clip, out, "--tracks", folder / f"{name}.jsonl")
        # a program stream's own times are coarser than a picture's
        assert_every_picture(clip, out, 1.2e-3 if name.endswith((".mkv", ".webm")) else 1e-4)
        _, frames = tracks(folder / f"{name}.jsonl")
        seen = sum(f["left"]["face"] is not None for f in frames)
        assert seen > 0.8 * len(frames), f"{name}: the left person was seen in {seen}"


def rotation_is_applied(clips, folder):
    for degrees in (90, 180, 270):
        upright = {90: "transpose=2", 180: "hflip,vflip", 270: "transpose=1"}[degrees]
        flat = clips.make(f"flat{degrees}.mp4", "-vf", f"scale=640:360,{upright}", "-an",
                          "-c:v", "libx264", seconds=1)
        clip = folder / f"rotated{degrees}.mp4"
        turn(flat, clip, degrees)
        succeed("analyze", clip, "--tracks", folder / "t.jsonl", "--overwrite")
        header, frames = tracks(folder / "t.jsonl")
        assert (header["width"], header["height"]) == (640, 360), (degrees, header)
        straight = clips.make("straight.mp4", "-vf", "scale=640:360", "-an", seconds=1)
        succeed("analyze", straight, "--tracks", folder / "s.jsonl", "--overwrite")
        for wanted, found in zip(tracks(folder / "s.jsonl")[1], frames):
            for a, b in zip(wanted["left"]["face"], found["left"]["face"]):
                assert abs(a - b) < 8, (degrees, wanted["left"], found["left"])


def sample_aspect_is_applied(clips, folder):
    clip = clips.make("anamorphic.mp4", "-vf", "scale=360:360,setsar=16/9", "-an", "-c:v", "libx264",
                      seconds=1)
    succeed("analyze", clip, "--tracks", folder / "t.jsonl")
    header, frames = tracks(folder / "t.jsonl")
    assert (header["width"], header["height"]) == (640, 360)
    x, y, w, h = frames[10]["left"]["face"]
    assert 0.5 < w / h < 1.1, (w, h)


def interlaced_pictures_are_kept_in_number(clips, folder):
    clip = clips.make("interlaced.ts", "-vf", "scale=720:576,interlace", "-an", "-c:v", "mpeg2video",
                      "-flags", "+ildct+ilme", "-q:v", "3")
    assert "field_order" in video(clip)
    run(clip, folder / "out.mp4")
    assert_every_picture(clip, folder / "out.mp4")


def variable_frame_rate_is_kept(clips, folder):
    for name in ("vfr.mkv", "vfr.mp4"):
        clip = clips.make(name, "-vf", "scale=480:270,select='not(mod(n\\,3))+gt(mod(n\\,20)\\,12)'",
                          "-fps_mode", "vfr", "-an", "-c:v", "libx264", "-bf", "2")
        gaps = {round(b - a, 3) for a, b in zip(times(clip), times(clip)[1:])}
        assert len(gaps) > 1
        for extension, unit in (("mp4", 1e-4), ("mkv", 1.1e-3)):  # Matroska counts milliseconds
            run(clip, folder / f"{name}.{extension}")
            assert_every_picture(clip, folder / f"{name}.{extension}", unit)


def odd_sizes(clips, folder):
    for size in ("853x481", "854x480", "16x16", "2x2", "64x1080", "1921x33"):
        clip = clips.make(f"{size}.mkv", "-vf", f"scale={size.replace('x', ':')}", "-an", "-c:v", "ffv1",
                          "-pix_fmt", "yuv444p", seconds=0.4)
        run(clip, folder / f"{size}.mp4")
        assert_every_picture(clip, folder / f"{size}.mp4", 1.1e-3)
        assert video(folder / f"{size}.mp4")["width"] == 1920


def one_pixel(clips, folder):
    clip = clips.make("1x1.mkv", "-vf", "scale=1:1", "-an", "-c:v", "ffv1", "-pix_fmt", "yuv444p",
                      seconds=0.4)
    run(clip, folder / "out.mp4")
    assert_every_picture(clip, folder / "out.mp4", 1.1e-3)


def eight_k(clips, folder):
    clip = clips.make("8k.mp4", "-vf", "scale=7680:4320", "-an", "-c:v", "libx264", "-preset",
                      "ultrafast", seconds=0.2)
    run(clip, folder / "out.mp4")
    assert_every_picture(clip, folder / "out.mp4")


def extreme_frame_rates(clips, folder):
    for name, rate in (("fast.mp4", "1000"), ("slow.mp4", "1/2")):
        clip = folder / name
        seconds = "0.1" if rate == "1000" else "6"
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=320x180:r={rate}:d={seconds}", "-c:v", "libx264", clip)
        run(clip, folder / f"out-{name}")
        assert_every_picture(clip, folder / f"out-{name}")


def the_size_changes_in_mid_stream(clips, folder):
    parts = []
    for size in ("640x360", "320x240"):
        part = folder / f"{size}.ts"
        ffmpeg("-t", "0.5", "-i", footage("talk"), "-vf", f"scale={size.replace('x', ':')},setsar=1",
               "-an", "-c:v", "mpeg2video", "-q:v", "3", part)
        parts.append(part.read_bytes())
    clip = folder / "changing.ts"
    clip.write_bytes(b"".join(parts))
    outcome = run(clip, folder / "out.mp4")
    wanted, found = len(picture_times(clip)), len(times(folder / "out.mp4"))
    assert found == wanted >= 29, (found, wanted)
    assert "320x240" in outcome.err, outcome


def a_late_video_stays_late(clips, folder):
    clip = folder / "late.mkv"
    ffmpeg("-itsoffset", "0.7", "-i", clips.small(), "-i", clips.small(), "-map", "0:v", "-map", "1:a",
           "-c", "copy", clip)
    for extension in ("mp4", "mkv"):
        out = folder / f"out.{extension}"
        run(clip, out)
        wanted = first_time(clip, "v:0") - first_time(clip, "a:0")
        found = first_time(out, "v:0") - first_time(out, "a:0")
        assert abs(wanted - found) < 1.5e-3, (extension, wanted, found)


def sound_and_pictures_stay_together(clips, folder):
    source = clips.small()
    run(source, folder / "out.mp4")
    for stream in ("v:0", "a:0"):
        shift = first_time(folder / "out.mp4", stream) - first_time(source, stream)
        assert abs(shift) < 1e-3, (stream, shift)


SOUNDS = {"aac.mp4": "aac", "mp3.mp4": "libmp3lame", "ac3.mp4": "ac3", "opus.mkv": "libopus",
          "flac.mkv": "flac", "vorbis.mkv": "libvorbis", "pcm.mkv": "pcm_s16le"}


def sound_is_copied_bit_for_bit(clips, folder):
    for name, codec in SOUNDS.items():
        clip = clips.make(name, "-vf", "scale=320:180", "-c:v", "libx264", "-c:a", codec, seconds=1)
        out = folder / name
        run(clip, out)
        assert stream_md5(out, "a:0") == stream_md5(clip, "a:0"), name


def sound_that_mp4_cannot_carry_is_transcoded_and_that_is_said(clips, folder):
    clip = clips.make("pcm.mkv", "-vf", "scale=320:180", "-c:v", "libx264", "-c:a", "pcm_s16le",
                      seconds=1)
    outcome = run(clip, folder / "out.mp4")
    sound = streams(folder / "out.mp4", "audio")
    assert len(sound) == 1 and abs(float(sound[0]["duration"]) - 1) < 0.1, sound
    if sound[0]["codec_name"] != "pcm_s16le":
        assert "aac" in outcome.err.lower(), outcome


def all_tracks_chapters_and_metadata_are_kept(clips, folder):
    chapters = folder / "chapters.txt"
    chapters.write_text(";FFMETADATA1\ntitle=The Talk\nartist=Two People\n"
                        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=One\n"
                        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=500\nEND=2000\ntitle=Two\n")
    words = folder / "words.srt"
    words.write_text("1\n00:00:00,200 --> 00:00:00,900\nHello\n\n"
                     "2\n00:00:01,000 --> 00:00:01,500\nGood bye\n")
    clip = folder / "rich.mkv"
    ffmpeg("-i", clips.small(), "-i", chapters, "-i", words, "-map", "0:v", "-map", "0:a", "-map", "0:a",
           "-map", "2:s", "-map_metadata", "1", "-map_chapters", "1", "-c:v", "copy", "-c:a:0", "copy",
           "-c:a:1", "ac3", "-c:s", "srt", "-metadata:s:a:1", "language=deu", clip)
    for extension in ("mkv", "mp4"):
        out = folder / f"out.{extension}"
        run(clip, out)
        assert len(streams(out, "audio")) == 2, extension
        assert streams(out, "audio")[1]["tags"]["language"] in ("deu", "ger")
        assert stream_md5(out, "a:1") == stream_md5(clip, "a:1")
        found = probe(out, "-show_chapters", "-show_format")
        assert [c["tags"]["title"] for c in found["chapters"]] == ["One", "Two"], found
        tags = {k.lower(): v for k, v in found["format"]["tags"].items()}
        assert tags["title"] == "The Talk" and tags["artist"] == "Two People", tags
    assert len(streams(folder / "out.mkv", "subtitle")) == 1


def silent_video_gives_silent_video(clips, folder):
    clip = clips.make("silent.mp4", "-vf", "scale=320:180", "-an", "-c:v", "libx264", seconds=1)
    run(clip, folder / "out.mp4")
    assert not streams(folder / "out.mp4", "audio")


def colours_keep_their_tags(clips, folder):
    for name, tags in (("601.mp4", ("smpte170m", "smpte170m", "smpte170m", "tv")),
                       ("709.mp4", ("bt709", "bt709", "bt709", "tv")),
                       ("full.mp4", ("bt709", "bt709", "bt709", "pc"))):
        clip = clips.make(name, "-vf", f"scale=480:270:out_range={tags[3]},{tagged(*tags)}", "-an",
                          "-c:v", "libx264", seconds=0.5)
        run(clip, folder / name)
        stream = video(folder / name)
        found = tuple(stream.get(k) for k in ("color_space", "color_transfer", "color_primaries",
                                              "color_range"))
        assert found == tags, (name, found)


def hdr_clip(clips, transfer):
    side = ("log-level=none:hdr10=1:repeat-headers=1:master-display="
            "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400:"
            f"colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:range=limited")
    tags = tagged("bt2020nc", transfer, "bt2020")
    return clips.make(f"{transfer}.mp4", "-vf", f"scale=480:270,format=yuv420p10le,{tags}", "-an",
                      "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", side, "-tag:v", "hvc1",
                      seconds=1)


def hdr_goes_out_as_10_bit_hevc_with_its_tags(clips, folder):
    for transfer in ("smpte2084", "arib-std-b67"):
        clip = hdr_clip(clips, transfer)
        out = folder / f"{transfer}.mp4"
        outcome = run(clip, out)
        stream = video(out)
        assert stream["codec_name"] == "hevc" and stream["pix_fmt"] == "yuv420p10le", stream
        assert stream["color_transfer"] == transfer and stream["color_primaries"] == "bt2020", stream
        assert "hdr" in (outcome.err + outcome.out).lower(), outcome
        assert_every_picture(clip, out)
    frame = probe(folder / "smpte2084.mp4", "-show_frames", "-read_intervals", "%+#1")["frames"][0]
    kinds = json.dumps(frame.get("side_data_list", [])).lower()
    assert "mastering display" in kinds and "content light" in kinds, kinds


def hdr_is_tone_mapped_for_an_8_bit_codec_and_that_is_said(clips, folder):
    clip = hdr_clip(clips, "smpte2084")
    outcome = run(clip, folder / "out.mp4", "--codec", "h264")
    stream = video(folder / "out.mp4")
    assert stream["pix_fmt"] == "yuv420p" and stream["color_transfer"] == "bt709", stream
    assert "tone" in outcome.err.lower(), outcome


def every_codec_out(clips, folder):
    for codec, name in (("h264", "h264"), ("hevc", "hevc"), ("av1", "av1")):
        for extension in ("mp4", "mkv"):
            out = folder / f"{codec}.{extension}"
            outcome = run(clips.small(), out, "--codec", codec, "--size", "640x360")
            assert video(out)["codec_name"] == name
            assert_every_picture(clips.small(), out, 1.1e-3 if extension == "mkv" else 1e-6)
            assert "svt" not in outcome.err.lower() and "x265" not in outcome.err.lower(), outcome


def every_profile(clips, folder):
    for profile in ("realtime", "streaming", "balanced", "quality", "archival"):
        out = folder / f"{profile}.mp4"
        succeed("run", clips.small(), "-o", out, "--profile", profile, "--size", "640x360")
        assert_every_picture(clips.small(), out, 1e-6)


def mp4_starts_with_its_index(clips, folder):
    run(clips.small(), folder / "out.mp4")
    head = (folder / "out.mp4").read_bytes()
    assert 0 < head.find(b"moov") < head.find(b"mdat"), "not faststart"
    finished = subprocess.run(["ffmpeg", "-v", "error", "-i", str(folder / "out.mp4"), "-f", "null", "-"],
                              capture_output=True, check=True)
    assert finished.stderr == b"", finished.stderr


if __name__ == "__main__":
    main(tests_of(globals()))
