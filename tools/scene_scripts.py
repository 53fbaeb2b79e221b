"""What happens in the scenes that tools/scenes makes: who is where, what the camera shows, and when.

A script turns a random number generator into a Scene. All is said in the coordinates of one wide picture of
1920x1080 and in seconds; paths are lists of (second, values...), eased in between. The tuning set and the test
set draw their parameters from different ranges and have different people, so that what was tuned on the one can
be tested on the other. Needs nothing but Python.
"""

import bisect
import math
import random
from dataclasses import dataclass, field

WIDTH, HEIGHT = 1920, 1080

# Who plays: of both people, the third, the photo. Names are those of tools/scenes' sources.
CAST = {"tune": ("franck", "audrey", "bieber"), "test": ("cap12", "connery", "cage")}
PHOTO = "joconde"

# What the sets draw from: seconds that a move takes, face heights, seconds of a shot, how dark, how noisy and how
# blurred it gets.
RANGES = {
    "tune": {"move": (2.5, 4.0), "height": (150, 190), "shot": (2.0, 3.5), "dark": (0.45, 0.6),
             "noise": (4, 8), "blur": (0.8, 1.6)},
    "test": {"move": (1.6, 3.2), "height": (130, 220), "shot": (1.2, 4.0), "dark": (0.35, 0.55),
             "noise": (6, 12), "blur": (1.0, 2.2)},
}


def at(path, t):
    """The values of a path at a time: still before and after, a cosine ease between two points."""
    index = bisect.bisect_right([point[0] for point in path], t) - 1
    if index < 0:
        return path[0][1:]
    if index + 1 == len(path):
        return path[index][1:]
    (t0, *a), (t1, *b) = path[index], path[index + 1]
    share = (1 - math.cos(math.pi * (t - t0) / (t1 - t0))) / 2
    return tuple(p + (q - p) * share for p, q in zip(a, b))


@dataclass
class Actor:
    """Somebody, or a board that hides somebody: (second, x, y of the face's centre, face height)."""
    source: str
    path: list
    depth: int = 0  # who is deeper is drawn first
    first: int = 0  # the source's first frame
    sway: float = 0.0


@dataclass
class Shot:
    """From `start` on: (second, x, y of the middle, width) of what the camera shows; a reverse shot looks from the
    other side, so that left and right are exchanged."""
    start: float
    path: list
    reverse: bool = False


@dataclass
class Scene:
    script: str
    kind: str
    seed: int
    seconds: float
    rng: random.Random
    people: list = field(default_factory=list)  # left, right
    others: list = field(default_factory=list)
    board: Actor = None
    photo: tuple = None  # x, y of the face's centre, face height
    shots: list = field(default_factory=list)
    light: list = field(default_factory=lambda: [(0, 1.0)])
    noise: list = field(default_factory=lambda: [(0, 1.5)])
    blur: list = field(default_factory=lambda: [(0, 0.0)])

    def draw(self, what):
        return self.rng.uniform(*RANGES[self.kind][what])

    def move(self, person, start, x=None, y=None, height=None, lasts=None):
        """Lets a person walk from where the path ends; returns when the walk does."""
        _, x0, y0, h0 = person.path[-1]
        end = start + (lasts if lasts is not None else self.draw("move"))
        person.path += [(start, x0, y0, h0),
                        (end, x0 if x is None else x, y0 if y is None else y, h0 if height is None else height)]
        return end


WIDE = (WIDTH / 2, HEIGHT / 2, WIDTH)


def two_people(scene):
    """The usual beginning: two people in a wide shot."""
    rng = scene.rng
    names = list(CAST[scene.kind][:2])
    rng.shuffle(names)
    for name, x in zip(names, (rng.uniform(430, 620), rng.uniform(1300, 1490))):
        height = scene.draw("height")
        scene.people.append(Actor(name, [(0, x, rng.uniform(420, 500), height)], rng.randint(1, 2),
                                  rng.randint(0, 250), rng.uniform(2, 6)))
    scene.shots = [Shot(0, [(0, *WIDE)])]


def close_up(scene, person, t):
    """The camera on one person's face, as it is at that time."""
    x, y, height = at(person.path, t)
    return (x + scene.rng.uniform(-0.3, 0.3) * height, y + 0.4 * height, height * scene.rng.uniform(4.2, 6.0))


def talk(scene):
    """Both sit and talk."""


def crossing(scene):
    """They change places, and change back."""
    left, right = scene.people
    left.depth, right.depth = scene.rng.sample((1, 2), 2)
    x_left, x_right = left.path[0][1], right.path[0][1]
    start = 0.15 * scene.seconds
    for to_left, to_right in ((x_right, x_left), (x_left, x_right)):
        scene.move(left, start, x=to_left)
        scene.move(right, start + scene.rng.uniform(0, 0.6), x=to_right)
        start += 0.4 * scene.seconds


def returning(scene):
    """One leaves and comes back on the other side."""
    stays, goes = scene.people
    start = scene.move(goes, 0.15 * scene.seconds, x=WIDTH + 400)
    start = scene.move(stays, start, x=scene.rng.uniform(1150, 1350))
    goes.path.append((start, -400, *goes.path[-1][2:]))
    scene.move(goes, start + scene.rng.uniform(0.5, 2.0), x=scene.rng.uniform(450, 600))


def jump_cuts(scene, choices):
    t = scene.draw("shot")
    before = "wide"
    while t < scene.seconds - 0.5:
        before = scene.rng.choice([choice for choice in choices if choice != before])
        if before in ("left", "right"):
            person = scene.people[before == "right"]
            scene.shots.append(Shot(t, [(t, *close_up(scene, person, t))]))
        else:
            scene.shots.append(Shot(t, [(t, *WIDE)], before == "reverse"))
        t += scene.draw("shot")


def cuts(scene):
    """Wide shots, close-ups and reverse shots."""
    jump_cuts(scene, ("wide", "left", "right", "reverse"))


def singles(scene):
    """After a wide shot each is shown alone, again and again."""
    jump_cuts(scene, ("left", "right"))


def passer(scene):
    """A third person walks by in front of both, and back."""
    third = Actor(CAST[scene.kind][2], [(0, -400, scene.rng.uniform(430, 520), 1.3 * scene.draw("height"))], 9)
    start = 0.2 * scene.seconds
    for x in (WIDTH + 400, -400):
        scene.move(third, start, x=x, lasts=2 * scene.draw("move"))
        start += 0.45 * scene.seconds
    scene.others.append(third)


def poster(scene):
    """A painted face hangs on the wall; one after the other leaves and comes back."""
    scene.photo = (scene.rng.uniform(880, 1040), scene.rng.uniform(220, 320), scene.rng.uniform(90, 130))
    start = 0.1 * scene.seconds
    for person, away in zip(scene.people, (-400, WIDTH + 400)):
        x = person.path[0][1]
        gone = scene.move(person, start, x=away)
        scene.move(person, gone + scene.rng.uniform(0.8, 2.0), x=x)
        start += 0.45 * scene.seconds


def hidden(scene):
    """A board is carried through the picture; then one steps behind the other."""
    scene.board = Actor("board", [(0, -500, 500, 420)], 8)
    end = scene.move(scene.board, 0.1 * scene.seconds, x=WIDTH + 500, lasts=2.5 * scene.draw("move"))
    front, back = scene.rng.sample(scene.people, 2)
    front.depth, back.depth = 2, 1
    x = back.path[0][1]
    behind = scene.move(back, end, x=front.path[0][1], y=front.path[0][2] + 20, height=front.path[0][3])
    scene.move(back, behind + scene.rng.uniform(0.7, 1.8), x=x)


def weather(scene):
    """The light goes down and comes back, the picture gets noisy and blurred; one comes near and goes away."""
    third = scene.seconds / 3
    scene.light = [(0, 1.0), (third, scene.draw("dark")), (1.7 * third, 1.25), (2.5 * third, 1.0)]
    scene.noise = [(0, 1.5), (third, scene.draw("noise")), (2 * third, 1.5)]
    scene.blur = [(third, 0.0), (1.5 * third, scene.draw("blur")), (2 * third, 0.0)]
    near = scene.rng.choice(scene.people)
    height = near.path[0][3]
    end = scene.move(near, 0.2 * scene.seconds, y=540, height=1.5 * height)
    scene.move(near, end + 1, y=430, height=0.6 * height)


def pan(scene):
    """The camera wanders from one to the other and back, and zooms out."""
    t, width = 0.1 * scene.seconds, scene.rng.uniform(1150, 1350)
    path = [(0, *WIDE)]
    for person in (scene.people[0], scene.people[1], scene.people[0]):
        path += [(t, *path[-1][1:]), (t + scene.draw("move"), person.path[0][1], 500, width)]
        t += 0.25 * scene.seconds
    scene.shots = [Shot(0, path + [(t, *path[-1][1:]), (t + 2, *WIDE)])]


SCRIPTS = {function.__name__: function for function in
           (talk, crossing, returning, cuts, singles, passer, poster, hidden, weather, pan)}


def scene_of(kind, script, seed, seconds):
    scene = Scene(script, kind, seed, seconds, random.Random(f"{kind} {script} {seed}"))
    two_people(scene)
    SCRIPTS[script](scene)
    return scene
