"""Makes the video and the truth of one scene."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cv2

from scene_scripts import RATE, scene_of
from scene_stage import Stage


def header(stage):
    scene = stage.scene
    others = [{"id": actor.source, "kind": "person"} for actor in scene.others]
    others += [{"id": name, "kind": "photo"} for name, *_ in scene.photos]
    return {"dualface_truth": 1, "width": stage.size[0], "height": stage.size[1], "time_base": f"1/{RATE}",
            "rate": RATE, "people": [{"id": actor.source, "seat": seat}
                                     for actor, seat in zip(scene.people, ("left", "right"))],
            "others": others, "seed": scene.seed, "script": scene.script, "set": scene.kind}


def encoder_of(size, crf, video):
    """An encoder that is fed planes, which are fewer bytes than colours, and made faster here."""
    return subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{size[0]}x{size[1]}", "-r",
         str(RATE), "-colorspace", "smpte170m", "-color_range", "tv", "-i", "-", "-c:v", "libx264", "-preset",
         "ultrafast", "-crf", f"{crf:.1f}", "-g", "300", "-threads", "2", "-movflags", "+faststart", video],
        stdin=subprocess.PIPE)


def make(kind, script, seed, seconds, size, folder):
    """Makes FOLDER/KIND-SCRIPT-SEED.mp4 and .truth.jsonl; the video gets its name last."""
    scene, name = scene_of(kind, script, seed, seconds), f"{kind}-{script}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(scene, size)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as work:
        video, truth = pathlib.Path(work) / "video.mp4", pathlib.Path(work) / "truth.jsonl"
        encoder = encoder_of(size, scene.crf, video)
        with open(truth, "w", encoding="utf-8") as lines:
            lines.write(json.dumps(header(stage)) + "\n")
            for n in range(round(seconds * RATE)):
                view = stage.shot(n / RATE)
                lines.write(json.dumps(stage.truth(n, view)) + "\n")
                encoder.stdin.write(cv2.cvtColor(stage.picture(n, view), cv2.COLOR_BGR2YUV_I420))
        encoder.stdin.close()
        if encoder.wait():
            sys.exit("scenes: ffmpeg could not encode the video")
        os.replace(truth, folder / f"{name}.truth.jsonl")
        os.replace(video, folder / f"{name}.mp4")
