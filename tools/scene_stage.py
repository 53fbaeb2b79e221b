"""One scene that tools/scenes makes: frame by frame its picture and what is true of it."""

import cv2
import numpy as np

from scene_scripts import HEIGHT, RATE, WIDTH, at
from scene_sources import ANOTHER_LOOK, CLIPS, LEVELS, read_still, source_of

# Below these a face is not asked for: the share that is seen, and its height in pixels of the video.
SEEN_SHARE, SEEN_HEIGHT = 0.5, 20
NOISE = 32  # of the grain that is kept


class Room:
    """The wall behind, twice: seen from this side and from the other."""

    def __init__(self, scene):
        rng = np.random.default_rng(scene.rng.getrandbits(32))
        self.pictures = [self.wall(rng), self.wall(rng)]
        self.photos = [self.hang(*photo) for photo in scene.photos]

    @staticmethod
    def wall(rng):
        base, slope = rng.uniform(70, 200, 3), rng.uniform(-50, 50, 3)
        across = np.linspace(0, 1, WIDTH, dtype=np.float32)[None, :, None]
        picture = np.tile(np.float32(base) + np.float32(slope) * across, (HEIGHT, 1, 1))
        grain = rng.normal(0, rng.uniform(10, 60), (HEIGHT // 4, WIDTH // 4)).astype(np.float32)
        picture += cv2.resize(cv2.GaussianBlur(grain, (0, 0), 3), (WIDTH, HEIGHT))[..., None]
        for _ in range(rng.integers(2, 12)):  # shelves, windows
            x, y = int(rng.integers(-100, WIDTH - 100)), int(rng.integers(-50, 800))
            w, h = int(rng.integers(60, 360)), int(rng.integers(20, 340))
            colour = rng.uniform(30, 220) + rng.uniform(-30, 30, 3)
            cv2.rectangle(picture, (x, y), (x + w, y + h), colour.tolist(), -1)
        return cv2.GaussianBlur(np.clip(picture, 0, 255).astype(np.uint8), (0, 0), 1.5)

    def hang(self, source, cx, cy, height):
        """Hangs a framed picture on this side's wall; returns where the face in it is."""
        picture, (x, y, w, h) = read_still(source)
        scale = height / h
        left, top = round(cx - (x + w / 2) * scale), max(round(cy - (y + h / 2) * scale), 0)
        small = cv2.resize(picture[:int(2.6 * (y + h))], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        small = small[:HEIGHT - top - 10]
        wall = self.pictures[0]
        cv2.rectangle(wall, (left - 8, top - 8), (left + small.shape[1] + 8, top + small.shape[0] + 8), (30, 60, 90), -1)
        wall[top:top + small.shape[0], left:left + small.shape[1]] = small
        return [left + x * scale, top + y * scale, w * scale, h * scale]


class Stage:
    """One scene: what is true of a frame, and its picture."""

    def __init__(self, scene, size):
        self.scene, self.size, self.room = scene, size, Room(scene)
        self.actors = [*scene.people, *scene.others, *([scene.board] if scene.board else [])]
        frames = round(scene.seconds * RATE)
        looks = {look: actor.first for actor in self.actors for look in self.looks(actor)}
        self.sources = {look: source_of(look, first, frames) for look, first in looks.items()}
        self.rng = np.random.default_rng(scene.rng.getrandbits(32))
        # Each frame gets another part of this.
        grain = self.rng.standard_normal((size[1] + 64, size[0] + 64, 3), dtype=np.float32)
        self.grain = np.clip(grain * NOISE + 128, 0, 255).astype(np.uint8)
        self.backdrop = None, None

    def looks(self, actor):
        """The sources that somebody needs: seen from this side, and from the other where that is ever shown."""
        reverse = any(shot.reverse for shot in self.scene.shots)
        return [actor.source] + ([ANOTHER_LOOK[actor.source]] if reverse and actor.source in ANOTHER_LOOK else [])

    def source(self, actor, shot):
        return self.sources[ANOTHER_LOOK.get(actor.source, actor.source) if shot.reverse else actor.source]

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
        t, still = n / RATE, actor.source not in CLIPS
        x, y, height = at(actor.path, t)
        x = WIDTH - x if shot.reverse else x
        sway = actor.sway if still else 0
        x, y = x + sway * np.sin(1.9 * t + actor.first), y + 0.6 * sway * np.sin(3.1 * t)
        roll = np.radians(actor.roll) * np.sin(0.7 * t + actor.first) if still else 0
        narrow = 1 - (actor.turn * (0.5 - 0.5 * np.cos(0.45 * t + actor.first)) if still else 0)
        source = self.source(actor, shot)
        bx, by, bw, bh = source.box(actor.first + n)
        ax, ay, aw, ah = source.anchor
        scale = height / ah * zoom
        across = scale * narrow * (-1 if actor.mirrored else 1)
        cos, sin = np.cos(roll), np.sin(roll)
        turned = np.float64([[across * cos, -scale * sin], [across * sin, scale * cos]])
        there = np.float64([(x - left) * zoom, (y - top) * zoom])
        matrix = np.column_stack([turned, there - turned @ (ax + aw / 2, ay + ah / 2)])
        cx, cy = matrix @ (bx + bw / 2, by + bh / 2, 1)
        w, h = bw * abs(across), bh * scale
        return matrix, [cx - w / 2, cy - h / 2, w, h]

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
                front = order[order.index(actor) + 1:]
                heads = [faces[id(a)] for a in front if a.source != "board"]
                boards = [faces[id(a)] for a in front if a.source == "board"]
                line[group].append({"id": actor.source, **self.seen(faces[id(actor)], heads, boards)})
        if not view[0].reverse:
            heads = [faces[id(a)] for a in order if a.source != "board"]
            boards = [faces[id(a)] for a in order if a.source == "board"]
            _, zoom, left, top = view
            for (name, *_), (x, y, w, h) in zip(self.scene.photos, self.room.photos):
                box = [(x - left) * zoom, (y - top) * zoom, w * zoom, h * zoom]
                line["others"].append({"id": name, **self.seen(box, heads, boards)})
        return line

    def seen(self, box, heads, boards):
        """Whether a face can be seen, by a grid of points on it: in the picture, and before what is behind."""
        xs, ys = (box[k] + box[k + 2] * (np.arange(24) + 0.5) / 24 for k in (0, 1))
        xs, ys = np.meshgrid(xs, ys)
        inside = (xs >= 0) & (xs < self.size[0]) & (ys >= 0) & (ys < self.size[1])
        if not inside.any():
            return {"visible": False, "occluded": False, "box": None}
        hidden = np.zeros_like(inside)
        for x, y, w, h in heads:  # hair and ears, and the body below
            hidden |= (xs > x - 0.12 * w) & (xs < x + 1.12 * w) & (ys > y - 0.25 * h) & (ys < y + 1.25 * h)
            hidden |= (xs > x - 0.4 * w) & (xs < x + 1.4 * w) & (ys > y + 1.25 * h)
        for x, y, w, h in boards:
            hidden |= (xs > x) & (xs < x + w) & (ys > y) & (ys < y + h)
        share = (inside & ~hidden).mean()
        return {"visible": bool(share >= SEEN_SHARE and box[3] >= SEEN_HEIGHT),
                "occluded": bool((inside & hidden).mean() >= 0.1), "box": [round(float(v), 2) for v in box]}

    def picture(self, n, view):
        frame = self.behind(view).copy()
        for actor in self.order(view):
            source, matrix = self.source(actor, view[0]), self.place(actor, n, view)[0]
            self.paint(frame, source, source.at(actor.first + n), matrix)
        return self.spoilt(frame, n / RATE)

    def behind(self, view):
        """The wall as the camera shows it; made anew when the camera has moved."""
        shot, zoom, left, top = view
        what = shot.reverse, zoom, left, top
        if self.backdrop[0] != what:
            matrix = np.float64([[zoom, 0, -left * zoom], [0, zoom, -top * zoom]])
            self.backdrop = what, cv2.warpAffine(self.room.pictures[shot.reverse], matrix, self.size,
                                                 flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return self.backdrop[1]

    def paint(self, frame, source, index, matrix):
        """Puts one actor into the frame, looking only at the part where it is."""
        height, width = source.shape(index)
        corners = matrix @ np.float64([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
        left, top = np.maximum(np.floor(corners.min(axis=1)), 0).astype(int)
        right, bottom = np.minimum(np.ceil(corners.max(axis=1)) + 1, self.size).astype(int)
        if left >= right or top >= bottom:
            return
        level = 0
        while matrix[1, 1] * 2 ** level < 0.5 and level + 1 < LEVELS:  # else what shrinks would flicker
            level += 1
        picture = source.picture(index, level)
        ratio = np.float64([width / picture.shape[1], height / picture.shape[0]])
        matrix = np.column_stack([matrix[:, :2] * ratio, matrix @ (*(ratio - 1) / 2, 1) - (left, top)])
        part = cv2.warpAffine(picture, matrix, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
        clear = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(part, 3)), cv2.COLOR_GRAY2BGR)
        place = frame[top:bottom, left:right]
        cv2.add(cv2.multiply(place, clear, scale=1 / 255), cv2.cvtColor(part, cv2.COLOR_BGRA2BGR), dst=place)

    def spoilt(self, frame, t):
        """Light, blur and noise."""
        scene, rows = self.scene, self.size[1] / HEIGHT
        (light,), (blur,), (noise,) = at(scene.light, t), at(scene.blur, t), at(scene.noise, t)
        if blur * rows > 0.2:
            frame = cv2.GaussianBlur(frame, (0, 0), blur * rows)
        x, y = self.rng.integers(0, 64, 2)
        grain = self.grain[y:y + self.size[1], x:x + self.size[0]]
        return cv2.addWeighted(frame, light, grain, noise / NOISE, -128 * noise / NOISE)
