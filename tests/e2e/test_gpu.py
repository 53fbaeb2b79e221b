"""The GPU path of the program on doubles of NVIDIA's libraries: the same pictures as on the CPU, and every way
in which a card can be missing, refuse or be lost."""

import os
import subprocess

import harness
from harness import (dualface, fail_with, ffmpeg, file_md5, footage, main, pictures_md5, stream_md5, succeed,
                     tests_of, times, tracks, video)

DOUBLES = os.environ["DUALFACE_DOUBLES"]
SMALL = ("--profile", "realtime", "--size", "320x180")


def card(settings="", **more):
    """The environment of a machine that has a card, set up as tests/doubles/cuda/sim.h says."""
    found = os.environ.get("LD_LIBRARY_PATH", "")
    return {"env": dict(os.environ, LD_LIBRARY_PATH=f"{DOUBLES}:{found}", DUALFACE_DOUBLE_CUDA=settings,
                        XDG_CACHE_HOME=f"{DOUBLES}/cache", **more)}


def small_tracks(clips):
    """Tracks of the small clip, made on the CPU."""
    path = clips.folder / "gpu.jsonl"
    if not path.exists():
        succeed("analyze", clips.small(), "--tracks", path, "--device", "cpu")
    return path


def log_of_small(clips):
    path = clips.folder / "gpu.log"
    if not path.exists():
        succeed("analyze", clips.small(), "--tracks", clips.folder / "log.jsonl", "--observations", path,
                "--device", "cpu")
    return path


def lines(outcome, part):
    return [line for line in outcome.err.splitlines() if part in line]


def composed(clip, made_of, folder, *arguments):
    """The MD5 of what both devices compose of the same tracks."""
    sums = []
    for device, where in (("cpu", {}), ("cuda", card())):
        out = folder / f"{device}.mkv"
        result = succeed("render", clip, "--tracks", made_of, "-o", out, "--md5", "--json", "--overwrite",
                         "--device", device, "--encoder", "software", *arguments, **where).result
        assert result["frames"] == len(times(clip)) == len(times(out)), result
        assert result["device"].startswith(device), result
        sums.append(result["md5"])
    assert len(sums[0]) == 32, sums
    return sums


def nothing_is_said_of_a_driver_that_is_not_there(clips, folder):
    outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", "--json", *SMALL)
    assert outcome.err == "", outcome
    assert outcome.result["device"] == "cpu" and outcome.result["gpu"] is None, outcome
    assert outcome.result["decoder"] == {"name": "CPU", "refusal": None}, outcome


def a_gpu_that_was_asked_for_must_be_there(clips, folder):
    for device in ("cuda", "cuda:0"):
        fail_with(3, "run", clips.small(), "-o", folder / "out.mp4", "--device", device,
                  says=("no NVIDIA driver", "libcuda.so.1", "--device cpu"))
    fail_with(3, "run", clips.small(), "-o", folder / "out.mp4", "--device", "cuda:3",
              says="there is no CUDA device 3", **card())
    fail_with(3, "run", clips.small(), "-o", folder / "out.mp4", "--device", "cuda",
              says="CUDA_ERROR_NO_DEVICE", **card("devices=0"))
    fail_with(2, "run", clips.small(), "-o", folder / "out.mp4", "--device", "gpu", says="cuda:N")
    assert not list(folder.iterdir())


def a_card_too_old_is_said_once(clips, folder):
    old = card("capability=7.0")
    outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", "--json", *SMALL, **old)
    assert len(outcome.err.splitlines()) == 1 and lines(outcome, "too old"), outcome
    assert outcome.result["device"] == "cpu" and outcome.result["frames"] == 60, outcome
    fail_with(3, "run", clips.small(), "-o", folder / "no.mp4", "--device", "cuda", says="too old", **old)


def the_first_usable_card_is_taken(clips, folder):
    outcome = succeed("render", clips.small(), "--tracks", small_tracks(clips), "-o", folder / "out.mp4",
                      "--json", *SMALL, **card("devices=3"))
    assert outcome.result["device"].startswith("cuda:0 "), outcome
    outcome = succeed("render", clips.small(), "--tracks", small_tracks(clips), "-o", folder / "two.mp4",
                      "--json", "--device", "cuda:2", *SMALL, **card("devices=3"))
    assert outcome.result["device"].startswith("cuda:2 "), outcome


def both_devices_compose_the_same(clips, folder):
    first, second = composed(clips.small(), small_tracks(clips), folder, *SMALL)
    assert first == second
    for more in (("--fit", "contain"), ("--fit", "stretch"), ("--layout", "stacked", "--size", "180x320")):
        other, again = composed(clips.small(), small_tracks(clips), folder, "--profile", "realtime", *more)
        assert other == again != first, more


def both_devices_compose_the_same_of_other_formats(clips, folder):
    hevc = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
    for name, arguments in (
            ("ten.mkv", ("-vf", "scale=640:360", *hevc, "-pix_fmt", "yuv420p10le", "-an")),
            ("422.mkv", ("-vf", "scale=640:360", "-c:v", "ffv1", "-pix_fmt", "yuv422p", "-an")),
            ("odd.mkv", ("-vf", "scale=481:271", "-c:v", "ffv1", "-pix_fmt", "yuv420p", "-an")),
            ("full.mkv", ("-vf", "scale=640:360", "-c:v", "libx264", "-pix_fmt", "yuvj420p", "-an"))):
        clip = clips.make(name, *arguments, seconds=0.5)
        made_of = folder / f"{name}.jsonl"
        succeed("analyze", clip, "--tracks", made_of, "--device", "cpu")
        first, second = composed(clip, made_of, folder, *SMALL, "--codec", "hevc")
        assert first == second, name


def both_devices_compose_the_same_of_turned_pictures(clips, folder):
    upright = clips.make("turn.mp4", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast", "-an",
                         seconds=0.5)
    for degrees in (90, 180, 270):
        clip = folder / f"turned-{degrees}.mp4"
        ffmpeg("-i", upright, "-c", "copy", "-metadata:s:v:0", f"rotate={degrees}", clip)
        made_of = folder / f"{degrees}.jsonl"
        succeed("analyze", clip, "--tracks", made_of, "--device", "cpu")
        first, second = composed(clip, made_of, folder, *SMALL)
        assert first == second, degrees


def side_results_are_the_same_too(clips, folder):
    for device, where in (("cpu", {}), ("cuda", card())):
        succeed("render", clips.small(), "--tracks", small_tracks(clips), "-o", folder / f"{device}.mp4",
                "--debug", folder / f"{device}-debug.mp4", "--contact-sheet", folder / f"{device}.png",
                "--device", device, *SMALL, **where)
    assert file_md5(folder / "cpu.png") == file_md5(folder / "cuda.png")
    assert pictures_md5(folder / "cpu-debug.mp4") == pictures_md5(folder / "cuda-debug.mp4")


def a_whole_run_finds_both_people(clips, folder):
    outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", "--tracks", folder / "t.jsonl", "--json",
                      "--device", "cuda", *SMALL, **card())
    result = outcome.result
    assert result["frames"] == 60 == len(times(folder / "out.mp4")), result
    assert result["people"] == 2 and result["seats"]["left"]["share"] == 1, result
    assert stream_md5(folder / "out.mp4", "a:0") == stream_md5(clips.small(), "a:0")
    assert result["device"].startswith("cuda:0 ") and result["provider"]["name"] == "CPU", result
    assert result["provider"]["refusal"], result
    assert result["decoder"]["name"] == "CPU" and "NVDEC" in result["decoder"]["refusal"], result
    gpu = result["gpu"]
    assert gpu["bytes_up_a_frame"] >= 640 * 360 * 1.5 and gpu["host_waits_a_frame"] > 0, gpu
    assert gpu["memory_most"] > 0, gpu


def all_memory_is_there_before_the_work_settles(clips, folder):
    for encoder in ("nvenc", "software"):
        result = succeed("run", footage("crossing"), "-o", folder / f"{encoder}.mp4", "--json", "--duration", 8,
                         "--device", "cuda", "--encoder", encoder, *SMALL, **card()).result
        assert result["frames"] == 240 and result["device"].startswith("cuda"), result
        assert result["gpu"]["allocations_after_warm_up"] == 0, result


def nvenc_takes_pictures_where_they_are(clips, folder):
    for codec, name in (("h264", "h264_nvenc"), ("hevc", "hevc_nvenc")):
        out = folder / f"{codec}.mp4"
        result = succeed("render", clips.small(), "--tracks", small_tracks(clips), "-o", out, "--codec", codec,
                         "--encoder", "nvenc", "--device", "cuda", "--json", *SMALL, **card()).result
        assert result["encoder"] == {"name": name, "refusal": None}, result
        assert result["gpu"]["bytes_down_a_frame"] < 1000, result
        assert len(times(out)) == 60 and video(out)["codec_name"] == codec


def a_killed_run_is_taken_up(clips, folder):
    """By both encoders, and the pictures that come after the entry are compared with the log on the card too."""
    clip = clips.make("five.mp4", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast", "-g", "24",
                      "-c:a", "aac", seconds=5)
    for encoder in ("nvenc", "software"):
        def arguments(name):
            return ("run", clip, "-o", folder / f"{encoder}-{name}.mp4", "--encoder", encoder, "--device", "cuda",
                    "--segment", "1", "--state", folder / "state", *SMALL)
        succeed(*arguments("whole"), **card())
        killed = subprocess.run([harness.PROGRAM, *map(str, arguments("killed"))], capture_output=True,
                                **card(DUALFACE_FAULT="journal-write@4:kill"))
        assert killed.returncode == -9, killed
        outcome = succeed(*arguments("killed"), **card())
        assert lines(outcome, "resumed at 3.0 s") and not lines(outcome, "decoded again"), outcome
        assert file_md5(folder / f"{encoder}-killed.mp4") == file_md5(folder / f"{encoder}-whole.mp4")


def segments_side_by_side_are_the_same(clips, folder):
    """On one card, on three, and where NVENC serves one encoder at a time, so that they take turns."""
    clip = clips.make("five.mp4", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast", "-g", "24",
                      "-c:a", "aac", seconds=5)
    for encoder in ("nvenc", "software"):
        def arguments(jobs):
            return ("run", clip, "-o", folder / f"{encoder}-{jobs}.mp4", "--encoder", encoder, "--segment", "1",
                    "--state", folder / "state", "--overwrite", "--jobs", jobs, *SMALL)
        succeed(*arguments(1), **card())
        for settings in ("devices=1", "devices=3"):
            outcome = succeed(*arguments(3), "--json", **card(settings, DUALFACE_DOUBLE_NVENC="sessions=1"))
            assert outcome.result["frames"] == 150, outcome
            assert not lines(outcome, "decoded again"), outcome
            assert file_md5(folder / f"{encoder}-3.mp4") == file_md5(folder / f"{encoder}-1.mp4"), settings


def software_encodes_what_nvenc_refuses(clips, folder):
    arguments = ("render", clips.small(), "--tracks", small_tracks(clips), "--device", "cuda", *SMALL)
    none = card(DUALFACE_DOUBLE_NVENC="sessions=0")
    result = succeed(*arguments, "-o", folder / "out.mp4", "--json", **none).result
    assert result["encoder"]["name"] == "libx264" and result["encoder"]["refusal"], result
    assert result["warnings"] and len(times(folder / "out.mp4")) == 60, result
    outcome = dualface(*arguments, "-o", folder / "no.mp4", "--encoder", "nvenc", **none)
    assert outcome.code in (1, 3) and lines(outcome, "error:"), outcome
    assert not (folder / "no.mp4").exists()
    result = succeed(*arguments, "-o", folder / "soft.mp4", "--json", "--encoder", "software", **card()).result
    assert result["encoder"] == {"name": "libx264", "refusal": None}, result


def an_encoder_that_fails_in_the_middle_loses_no_picture(clips, folder):
    outcome = succeed("render", clips.small(), "--tracks", small_tracks(clips), "-o", folder / "out.mp4",
                      "--device", "cuda", "--json", *SMALL, **card(DUALFACE_DOUBLE_NVENC="fail=20+"))
    assert len(times(folder / "out.mp4")) == 60, outcome
    assert outcome.result["encoder"]["refusal"], outcome


def a_log_is_replayed_alike(clips, folder):
    made = {}
    for device, where in (("cpu", {}), ("cuda", card())):
        path = folder / f"{device}.jsonl"
        result = succeed("run", clips.small(), "-o", folder / f"{device}.mp4", "--replay", log_of_small(clips),
                         "--tracks", path, "--md5", "--json", "--device", device, *SMALL, **where).result
        made[device] = (path.read_bytes(), result["md5"], result["frames"])
    assert made["cpu"] == made["cuda"]


def beyond_a_log_it_is_looked_again(clips, folder):
    half = folder / "half.log"
    whole = log_of_small(clips).read_bytes()
    half.write_bytes(whole[:len(whole) // 2])
    result = succeed("run", clips.small(), "-o", folder / "out.mp4", "--replay", half, "--tracks",
                     folder / "t.jsonl", "--json", "--device", "cuda", *SMALL, **card()).result
    assert result["frames"] == 60 and result["seats"]["right"]["share"] == 1, result
    assert len(tracks(folder / "t.jsonl")[1]) == 60


def no_memory_at_the_start(clips, folder):
    full = card("memory=1K")
    fail_with(1, "run", clips.small(), "-o", folder / "out.mp4", "--device", "cuda", *SMALL,
              says=("out of memory", "--device cpu"), **full)
    assert not list(folder.iterdir())
    outcome = succeed("run", clips.small(), "-o", folder / "out.mp4", "--json", *SMALL, **full)
    assert outcome.result["device"] == "cpu" and outcome.result["frames"] == 60, outcome
    assert lines(outcome, "the CPU does the work"), outcome


def no_memory_in_the_middle(clips, folder):
    fail_with(1, "render", clips.small(), "--tracks", small_tracks(clips), "-o", folder / "out.mp4",
              "--device", "cuda", *SMALL, says=("CUDA_ERROR_OUT_OF_MEMORY", "--lookahead", "--device cpu"),
              **card("memory=4M"))
    assert not list(folder.iterdir())


def a_card_that_is_lost_ends_it_with_the_drivers_words(clips, folder):
    for command, more in (("run", ()), ("render", ("--tracks", small_tracks(clips)))):
        for settings, code in (("fail=work@200:700", "CUDA_ERROR_ILLEGAL_ADDRESS (700)"),
                               ("fail=cuLaunchKernel@40:719", "CUDA_ERROR_LAUNCH_FAILED (719)"),
                               ("fail=cuEventRecord@50:700", "CUDA_ERROR_ILLEGAL_ADDRESS (700)")):
            fail_with(1, command, clips.small(), *more, "-o", folder / "out.mp4", "--device", "cuda",
                      "--encoder", "software", *SMALL, says=code, **card(settings))
            assert not list(folder.iterdir()), settings


def a_benchmark_says_what_everything_costs(clips, folder):
    for device, where in (("cpu", {}), ("cuda", card())):
        outcome = succeed("bench", clips.small(), "--streams", "2", "--seconds", "2", "--loop", "--json",
                          "--device", device, "--md5", **where)
        result = outcome.result
        assert result["ok"] and result["device"].startswith(device), result
        assert result["encoder"] == {"name": "none", "refusal": None}, result
        assert result["decode_only"]["frames"] > result["everything"]["frames"] > 0, result
        wanted = result["everything"]["fps"] / result["decode_only"]["fps"]
        assert abs(result["ratio"] - wanted) <= 0.001 * wanted, result
        assert (result["everything"]["gpu"] is not None) == (device == "cuda"), result
        assert len(result["md5"]) == 2, result
    assert not list(folder.iterdir())


def a_benchmark_takes_inputs_in_turn_to_their_ends(clips, folder):
    other = clips.make("bench.mp4", "-vf", "scale=320:180", "-c:v", "libx264", "-an", seconds=1)
    result = succeed("bench", clips.small(), other, "--streams", "3", "--json", "--md5", "--device", "cpu",
                     "--lookahead", "0.3").result
    assert result["everything"]["frames"] == result["decode_only"]["frames"] == 60 + 30 + 60, result
    assert result["md5"][0] == result["md5"][2] != result["md5"][1], result
    table = succeed("bench", other, "--device", "cpu").out
    assert "decode only" in table and "CPU seconds" in table, table


def without_look_ahead_no_picture_waits_for_the_next(clips, folder):
    result = succeed("bench", clips.small(), "--seconds", "4", "--loop", "--rate", "4", "--lookahead", "0",
                     "--json", "--device", "cuda", **card()).result
    assert 0 < result["everything"]["latency_median"] < 0.2, result
    assert 12 <= result["everything"]["frames"] <= 26, result


if __name__ == "__main__":
    main(tests_of(globals()))
