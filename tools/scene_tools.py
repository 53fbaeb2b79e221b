"""What the tools of scenes share: arguments, folders, the environment that has OpenCV. Needs nothing but Python."""

import argparse
import importlib.util
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEPS = pathlib.Path(os.environ.get("DUALFACE_DEPS", ROOT / "deps"))


def python_with_opencv():
    """The Python of an environment in deps/ that has OpenCV: that of the scenes, or of tools/bench; None: there is none."""
    for name in ("scenes-venv", "bench-venv"):
        if next((DEPS / name).glob("lib/python*/site-packages/cv2"), None):
            return DEPS / name / "bin" / "python"
    return None


def enter_venv():
    """Goes on in the environment that has the packages."""
    if importlib.util.find_spec("cv2"):
        return
    python = python_with_opencv()
    if not python:
        name = pathlib.Path(sys.argv[0]).name
        sys.exit(f"{name}: needs numpy and OpenCV; tools/scenes --help says how to get them")
    os.execv(python, [str(python), *sys.argv])


def size_of(text):
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) % 2 == 0 == int(height) % 2) or \
            int(width) * 9 != int(height) * 16:
        raise argparse.ArgumentTypeError(f"\"{text}\" is no even size of shape 16:9, such as 1280x720")
    return int(width), int(height)


def seconds_of(text):
    value = float(text)
    if not 1 <= value <= 600:
        raise argparse.ArgumentTypeError("a scene lasts 1 to 600 seconds")
    return value


def seeds_of(text):
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit() or int(last or first) < int(first):
        raise argparse.ArgumentTypeError(f"\"{text}\" is no range of seeds, such as 1-12")
    return range(int(first), int(last or first) + 1)
