"""One scene that tools/scenes makes: frame by frame its picture and what is true of it."""

import cv2
import numpy as np

from scene_scripts import HEIGHT, PHOTO, WIDTH, at
from scene_sources import STILLS, board, read_still, source_of

RATE = 30
# Below these a face is not asked for: the share that is seen, and its height in pixels of the video.
SEEN_SHARE, SEEN_HEIGHT = 0.5, 20


class Room:
    """The wall behind, twice: seen from this side and from the other."""

    def __init__(self, scene):
        rng = np.random.default_rng(scene.rng.getrandbits(32))
        self.pictures = [self.wall(rng), self.wall(rng)]
        self.photo = None
        if scene.photo:
            self.hang(scene.photo)

    @staticmethod
    def wall(rng):
        base, slope = rng.uniform(90, 190, 3), rng.uniform(-50, 50, 3)
        across = np.linspace(0, 1, WIDTH)[None, :, None]
        picture = np.tile(base + slope * across, (HEIGHT, 1, 1)).astype(np.float32)
        grain = rng.normal(0, 40, (HEIGHT // 4, WIDTH // 4, 1)).astype(np.float32)
        grain = cv2.resize(cv2.GaussianBlur(grain, (0, 0), 3), (WIDTH, HEIGHT))
        picture += grain[..., None]
        for _ in range(rng.integers(3, 7)):  # shelves, windows
            x, y = int(rng.integers(0, WIDTH - 200)), int(rng.integers(0, 700))
            w, h = int(rng.integers(80, 320)), int(rng.integers(20, 300))
            colour = rng.uniform(40, 200) + rng.uniform(-30, 30, 3)
            cv2.rectangle(picture, (x, y), (x + w, y + h), colour.tolist(), -1)
        return cv2.GaussianBlur(np.clip(picture, 0, 255), (0, 0), 1.5)

    def hang(self, photo):
        picture, (x, y, w, h) = read_still(PHOTO)
        cx, cy, height = photo
        scale = height / h
        left, top = round(cx - (x + w / 2) * scale), max(round(cy - (y + h / 2) * scale), 0)
        small = cv2.resize(picture[:int(2.6 * (y + h))], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        small = small[:HEIGHT - top - 10]
        wall = self.pictures[0]
        cv2.rectangle(wall, (left - 8, top - 8), (left + small.shape[1] + 8, top + small.shape[0] + 8), (30, 60, 90), -1)
        wall[top:top + small.shape[0], left:left + small.shape[1]] = small
        self.photo = [left + x * scale, top + y * scale, w * scale, h * scale]


class Stage:
    """One scene: what is true of a frame, and its picture."""

    def __init__(self, scene, size):
        self.scene, self.size, self.room = scene, size, Room(scene)
        names = {actor.source for actor in scene.people + scene.others}
        self.sources = {name: source_of(name) for name in sorted(names)}
        self.sources["board"] = board()
        self.actors = [*scene.people, *scene.others, *([scene.board] if scene.board else [])]
        self.rng = np.random.default_rng(scene.rng.getrandbits(32))
        # Each frame gets another part of this.
        self.noise = self.rng.standard_normal((size[1] + 64, size[0] + 64, 3), dtype=np.float32)

    def shot(self, t):
        """The shot at a time, and how it maps the wide picture: (shot, scale, x, y)."""
        shot = [s for s in self.scene.shots if s.start <= t + 1e-9][-1]
        x, y, width = at(shot.path, t)
        width = min(width, WIDTH)
        height = width * HEIGHT / WIDTH
        x = min(max(x, width / 2), WIDTH - width / 2)
        y = min(max(y, height / 2), HEIGHT - height / 2)
        return shot, self.size[0] / width, x - width / 2, y - height / 2

    def place(self, actor, n, view):
        """The 2x3 matrix that puts an actor's picture into the frame, and the face there."""
        shot, zoom, left, top = view
        t = n / RATE
        x, y, height = at(actor.path, t)
        x = WIDTH - x if shot.reverse else x
        sway = actor.sway if actor.source in STILLS else 0
        x, y = x + sway * np.sin(1.9 * t + actor.first), y + 0.6 * sway * np.sin(3.1 * t)
        source = self.sources[actor.source]
        box = source.box(actor.first + n)
        ax, ay, aw, ah = source.anchor
        scale = height / ah * zoom
        dx = (x - left) * zoom - (ax + aw / 2) * scale
        dy = (y - top) * zoom - (ay + ah / 2) * scale
        face = [box[0] * scale + dx, box[1] * scale + dy, box[2] * scale, box[3] * scale]
        return np.float64([[scale, 0, dx], [0, scale, dy]]), face

    def order(self, view):
        """From the back to the front."""
        return sorted(self.actors, key=lambda a: -a.depth if view[0].reverse and a.depth < 5 else a.depth)

    def truth(self, n, view):
        t = n / RATE
        before = self.scene.shots.index(view[0])
        cut = before > 0 and n > 0 and self.shot((n - 1) / RATE)[0] is not view[0]
        order = self.order(view)
        faces = {id(actor): self.place(actor, n, view)[1] for actor in order}
        line = {"n": n, "t": round(t, 6), "cut": cut, "people": [], "others": []}
        for group, actors in (("people", self.scene.people), ("others", self.scene.others)):
            for actor in actors:
                front = [faces[id(a)] if a.source != "board" else None for a in order[order.index(actor) + 1:]]
                boards = [faces[id(a)] for a in order[order.index(actor) + 1:] if a.source == "board"]
                line[group].append({"id": actor.source, **self.seen(faces[id(actor)], [f for f in front if f], boards)})
        if self.room.photo and not view[0].reverse:
            _, zoom, left, top = view
            x, y, w, h = self.room.photo
            box = [(x - left) * zoom, (y - top) * zoom, w * zoom, h * zoom]
            line["others"].append({"id": "photo", **self.seen(box, list(faces.values()), [])})
        return line

    def seen(self, box, heads, boards):
        """Whether a face can be seen, by a grid of points on it: in the picture, and before what is behind."""
        xs, ys = (box[k] + box[k + 2] * (np.arange(24) + 0.5) / 24 for k in (0, 1))
        xs, ys = np.meshgrid(xs, ys)
        inside = (xs >= 0) & (xs < self.size[0]) & (ys >= 0) & (ys < self.size[1])
        hidden = np.zeros_like(inside)
        for x, y, w, h in heads:  # hair and ears, and the body below
            hidden |= (xs > x - 0.12 * w) & (xs < x + 1.12 * w) & (ys > y - 0.25 * h) & (ys < y + 1.25 * h)
            hidden |= (xs > x - 0.4 * w) & (xs < x + 1.4 * w) & (ys > y + 1.25 * h)
        for x, y, w, h in boards:
            hidden |= (xs > x) & (xs < x + w) & (ys > y) & (ys < y + h)
        if not inside.any():
            return {"visible": False, "occluded": False, "box": None}
        share = (inside & ~hidden).mean()
        return {"visible": bool(share >= SEEN_SHARE and box[3] >= SEEN_HEIGHT),
                "occluded": bool((inside & hidden).mean() >= 0.1), "box": [round(float(v), 2) for v in box]}

    def picture(self, n, view):
        shot, zoom, left, top = view
        wall = self.room.pictures[shot.reverse]
        frame = cv2.warpAffine(wall, np.float64([[zoom, 0, -left * zoom], [0, zoom, -top * zoom]]), self.size,
                               flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for actor in self.order(view):
            self.paint(frame, self.sources[actor.source], actor.first + n, self.place(actor, n, view)[0])
        return self.spoilt(frame, n / RATE)

    def paint(self, frame, source, index, matrix):
        """Puts one actor into the frame, looking only at the part where it is."""
        height, width = source.shape(index)
        scale, x, y = matrix[0, 0], matrix[0, 2], matrix[1, 2]
        left, top = max(int(x), 0), max(int(y), 0)
        right = min(int(x + width * scale) + 1, self.size[0])
        bottom = min(int(y + height * scale) + 1, self.size[1])
        if left >= right or top >= bottom:
            return
        picture = source.picture(index)
        shifted = matrix.copy()
        shifted[:, 2] -= left, top
        if scale < 0.5:  # else what shrinks would flicker
            picture = cv2.GaussianBlur(picture, (0, 0), 0.35 / scale)
        part = cv2.warpAffine(picture, shifted, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
        behind = frame[top:bottom, left:right]
        behind *= 1 - part[..., 3:] / 255
        behind += part[..., :3]

    def spoilt(self, frame, t):
        """Light, blur and noise."""
        scene, rows = self.scene, self.size[1] / HEIGHT
        (light,), (blur,), (noise,) = at(scene.light, t), at(scene.blur, t), at(scene.noise, t)
        if blur * rows > 0.2:
            frame = cv2.GaussianBlur(frame, (0, 0), blur * rows)
        x, y = self.rng.integers(0, 64, 2)
        grain = self.noise[y:y + self.size[1], x:x + self.size[0]]
        return np.clip(cv2.addWeighted(frame, light, grain, noise, 0), 0, 255).astype(np.uint8)
