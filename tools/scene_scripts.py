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

WIDTH, HEIGHT, RATE = 1920, 1080, 30
BLINK = 1e-6  # seconds, in which no frame is taken

# Who plays, and what hangs on the wall. Names are those of tools/scenes' sources; the first is a clip, not a still.
CAST = {"tune": ("franck", "audrey", "bieber", "obama", "kim", "chuck"),
        "test": ("cap12", "connery", "cage", "clooney", "queen", "rihanna", "walter", "murray")}
PHOTOS = {"tune": ("joconde", "picasso"), "test": ("terminator", "average")}

# What the sets draw from: seconds that a move takes, face heights, seconds of a shot, how dark, how noisy and how
# blurred it gets, and how coarsely a bad recording is encoded (x264's CRF).
RANGES = {
    "tune": {"move": (2.5, 4.0), "height": (140, 200), "shot": (2.0, 3.5), "dark": (0.45, 0.6),
             "noise": (4, 8), "blur": (0.8, 1.6), "coarse": (36, 40)},
    "test": {"move": (1.6, 3.2), "height": (120, 230), "shot": (1.2, 4.0), "dark": (0.35, 0.55),
             "noise": (6, 12), "blur": (1.0, 2.2), "coarse": (37, 43)},
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
    mirrored: bool = False
    sway: float = 0.0  # how far a still person's head moves while it rests,
    roll: float = 0.0  # leans to the side, in degrees,
    turn: float = 0.0  # and gets narrower by turning, as a share


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
    third: str = ""  # who else may come
    people: list = field(default_factory=list)  # left, right
    others: list = field(default_factory=list)
    board: Actor = None
    photos: list = field(default_factory=list)  # source, x, y of the face's centre, face height
    shots: list = field(default_factory=list)
    light: list = field(default_factory=lambda: [(0, 1.0)])
    noise: list = field(default_factory=lambda: [(0, 1.5)])
    blur: list = field(default_factory=lambda: [(0, 0.0)])
    crf: float = 20

    def draw(self, what):
        return self.rng.uniform(*RANGES[self.kind][what])

    def move(self, person, start, x=None, y=None, height=None, lasts=None):
        """Lets a person walk from where the path ends, not before it does; returns when the walk ends."""
        t, x0, y0, h0 = person.path[-1]
        start = max(start, t)
        end = start + (lasts if lasts is not None else self.draw("move"))
        person.path += [(start, x0, y0, h0),
                        (end, x0 if x is None else x, y0 if y is None else y, h0 if height is None else height)]
        return end

    def jump(self, person, x):
        """Puts somebody whom nobody sees elsewhere."""
        t, _, y, height = person.path[-1]
        person.path.append((t + BLINK, x, y, height))

    def actor(self, source, x, depth, scale=1.0):
        rng = self.rng
        height = scale * self.draw("height")
        return Actor(source, [(0, x, rng.uniform(420, 500), height)], depth, rng.randint(0, 250),
                     rng.random() < 0.5, rng.uniform(1, 6), rng.uniform(0, 5), rng.uniform(0, 0.12))


WIDE = (WIDTH / 2, HEIGHT / 2, WIDTH)
OUT_LEFT, OUT_RIGHT = -400, WIDTH + 400


def two_people(scene):
    """The usual beginning: two people in a wide shot. Somebody of a clip is often one of them."""
    rng, cast = scene.rng, CAST[scene.kind]
    names = rng.sample(cast, 3)
    if rng.random() < 0.3 and cast[0] not in names:
        names[0] = cast[0]
    scene.third = names.pop()
    rng.shuffle(names)
    for name, x in zip(names, (rng.uniform(400, 640), rng.uniform(1280, 1520))):
        scene.people.append(scene.actor(name, x, rng.randint(1, 2)))
    scene.shots = [Shot(0, [(0, *WIDE)])]
    scene.light = [(0, rng.uniform(0.85, 1.1))]
    scene.noise = [(0, rng.uniform(0.5, 2.5))]
    scene.crf = rng.uniform(18, 26)


def close_up(scene, person, t):
    """The camera on one person's face, as it is at that time."""
    x, y, height = at(person.path, t)
    return (x + scene.rng.uniform(-0.3, 0.3) * height, y + 0.4 * height, height * scene.rng.uniform(4.2, 6.0))


def talk(scene):
    """Both sit and talk."""


def still(scene):
    """Both sit as still as pictures; only noise moves."""
    stills = [name for name in CAST[scene.kind][1:] if name not in {person.source for person in scene.people}]
    for person in scene.people:
        person.sway = person.roll = person.turn = 0
        if person.source == CAST[scene.kind][0]:
            person.source = scene.rng.choice(stills)


def close(scene):
    """Both sit close together; in the end one moves away."""
    left, right = scene.people
    middle, height = scene.rng.uniform(800, 1120), scene.draw("height")
    apart = height * scene.rng.uniform(1.15, 1.5)
    for person, x in ((left, middle - apart / 2), (right, middle + apart / 2)):
        person.path = [(0, x, person.path[0][2], height * scene.rng.uniform(0.92, 1.08))]
    scene.move(right, 0.7 * scene.seconds, x=middle + apart + 250)


def walker(scene):
    """One sits still while the other walks about."""
    sits, walks = scene.rng.sample(scene.people, 2)
    low, high = (200, sits.path[0][1] - 330) if walks is scene.people[0] else (sits.path[0][1] + 330, WIDTH - 200)
    t, height = 0.08 * scene.seconds, walks.path[0][3]
    while t < scene.seconds - 1:
        t = scene.move(walks, t, x=scene.rng.uniform(low, high), height=height * scene.rng.uniform(0.75, 1.35))
        t += scene.rng.uniform(0.2, 1.5)


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
    mirrored = scene.rng.random() < 0.5
    stays, goes = reversed(scene.people) if mirrored else scene.people
    away, back, there, here = OUT_RIGHT, OUT_LEFT, scene.rng.uniform(1150, 1350), scene.rng.uniform(450, 600)
    if mirrored:
        away, back, there, here = back, away, WIDTH - there, WIDTH - here
    gone = scene.move(goes, 0.15 * scene.seconds, x=away)
    scene.jump(goes, back)
    moved = scene.move(stays, gone, x=there)
    scene.move(goes, moved + scene.rng.uniform(0.5, 2.0), x=here)


def parting(scene):
    """Both leave, one after the other, and each comes back from where the other one left."""
    left, right = scene.people
    x_left, x_right = left.path[0][1], right.path[0][1]
    gone = scene.move(left, 0.1 * scene.seconds, x=OUT_LEFT)
    gone = scene.move(right, gone - scene.rng.uniform(0, 1), x=OUT_RIGHT)
    scene.jump(left, OUT_RIGHT)
    scene.jump(right, OUT_LEFT)
    for person, x in scene.rng.sample(((left, x_right), (right, x_left)), 2):
        gone += scene.rng.uniform(0.5, 1.5)
        scene.move(person, gone, x=x)


def leaver(scene):
    """One leaves for good."""
    goes = scene.rng.randint(0, 1)
    scene.move(scene.people[goes], 0.4 * scene.seconds, x=(OUT_LEFT, OUT_RIGHT)[goes])


def latecomer(scene):
    """One is there from the start, the other comes later."""
    comes = scene.rng.randint(0, 1)
    person = scene.people[comes]
    _, x, y, height = person.path[0]
    person.path = [(0, (OUT_LEFT, OUT_RIGHT)[comes], y, height)]
    scene.move(person, scene.rng.uniform(0.2, 0.4) * scene.seconds, x=x)


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


def angles(scene):
    """Cuts as in \"cuts\" while both move and the camera pushes in."""
    for person in scene.people:
        t = scene.rng.uniform(0.5, 1.5)
        x, height = person.path[0][1], person.path[0][3]
        while t < scene.seconds - 1:
            t = scene.move(person, t, x=x + scene.rng.uniform(-130, 130), height=height * scene.rng.uniform(0.85, 1.25))
            t += scene.rng.uniform(0, 2)
    jump_cuts(scene, ("wide", "left", "right", "reverse"))
    for shot, after in zip(scene.shots, [*(later.start for later in scene.shots[1:]), scene.seconds]):
        x, y, width = shot.path[0][1:]
        shot.path.append((max(after, shot.start + 0.1), x, y, width * scene.rng.uniform(0.75, 1)))


def exchange(scene):
    """While one is shown alone, both change places."""
    left, right = scene.people
    x_left, x_right = left.path[0][1], right.path[0][1]
    t = 0.15 * scene.seconds
    for x, other in ((x_right, x_left), (x_left, x_right)):
        person = scene.rng.choice(scene.people)
        lasts = scene.draw("shot")
        scene.shots.append(Shot(t, [(t, *close_up(scene, person, t))]))
        for moves, there in ((left, x), (right, other)):
            moves.path += [(t + lasts - BLINK, *moves.path[-1][1:]), (t + lasts, there, *moves.path[-1][2:])]
        scene.shots.append(Shot(t + lasts, [(t + lasts, *WIDE)]))
        t += max(0.4 * scene.seconds, lasts + 1)


def passer(scene):
    """A third person walks by in front of both, and back."""
    third = scene.actor(scene.third, OUT_LEFT, 9, 1.3)
    start = 0.2 * scene.seconds
    for x in (OUT_RIGHT, OUT_LEFT):
        scene.move(third, start, x=x, lasts=2 * scene.draw("move"))
        start += 0.45 * scene.seconds
    scene.others.append(third)


def behind(scene):
    """A third person walks by behind both, stops between them, and goes on."""
    third = scene.actor(scene.third, OUT_RIGHT, 0, 0.75)
    end = scene.move(third, 0.1 * scene.seconds, x=scene.rng.uniform(900, 1020), lasts=1.5 * scene.draw("move"))
    scene.move(third, end + scene.rng.uniform(0.5, 3), x=OUT_LEFT, lasts=1.5 * scene.draw("move"))
    scene.others.append(third)


def company(scene):
    """A third person comes, sits with both for a while, and leaves."""
    side = scene.rng.randint(0, 1)
    third = scene.actor(scene.third, (OUT_LEFT, OUT_RIGHT)[side], 3)
    end = scene.move(third, 0.3 * scene.seconds, x=(180, WIDTH - 180)[side])
    scene.move(third, max(end + 1, 0.65 * scene.seconds), x=(OUT_LEFT, OUT_RIGHT)[side])
    scene.others.append(third)


def poster(scene):
    """A painted face hangs on the wall; one after the other leaves and comes back."""
    hang_photos(scene, 1)
    start = 0.1 * scene.seconds
    for person, away in zip(scene.people, (OUT_LEFT, OUT_RIGHT)):
        x = person.path[0][1]
        gone = scene.move(person, start, x=away)
        scene.move(person, gone + scene.rng.uniform(0.8, 2.0), x=x)
        start += 0.45 * scene.seconds


def hang_photos(scene, count):
    names = scene.rng.sample(PHOTOS[scene.kind], count)
    for name, x in zip(names, (scene.rng.uniform(900, 1020), scene.rng.choice((180, WIDTH - 180)))):
        scene.photos.append((name, x, scene.rng.uniform(220, 300), scene.rng.uniform(80, 115)))


def gallery(scene):
    """Two pictures of faces hang on the wall; one of them is shown alone, and both people walk before them."""
    hang_photos(scene, 2)
    _, x, y, height = scene.photos[0]
    t = 0.2 * scene.seconds
    for width in (4.5 * height, None):
        scene.shots.append(Shot(t, [(t, *((x, y, width) if width else WIDE))]))
        t += scene.draw("shot")
    for person in scene.rng.sample(scene.people, 2):
        home = person.path[0][1]
        t = scene.move(person, t, x=scene.rng.uniform(880, 1040), y=scene.rng.uniform(330, 420))
        t = scene.move(person, t + 0.5, x=home)


def hidden(scene):
    """A board is carried through the picture; then one steps behind the other."""
    scene.board = Actor("board", [(0, -500, 500, 420)], 8)
    end = scene.move(scene.board, 0.1 * scene.seconds, x=WIDTH + 500, lasts=2.5 * scene.draw("move"))
    front, back = scene.rng.sample(scene.people, 2)
    front.depth, back.depth = 2, 1
    x = back.path[0][1]
    away = scene.move(back, end, x=front.path[0][1], y=front.path[0][2] + 20, height=front.path[0][3])
    scene.move(back, away + scene.rng.uniform(0.7, 1.8), x=x)


def partial(scene):
    """A board covers a part of one face for a while, then the whole, and goes away."""
    person = scene.rng.choice(scene.people)
    _, x, y, height = person.path[0]
    board = scene.board = Actor("board", [(0, -500, y + 60, 2.6 * height)], 8)
    half, width = 2.6 * height / 3, 0.75 * height
    edge = x - width / 2 + scene.rng.uniform(0.2, 0.42) * width
    end = scene.move(board, 0.1 * scene.seconds, x=edge - half)
    end = scene.move(board, end + 0.12 * scene.seconds, x=x)
    end = scene.move(board, end + scene.rng.uniform(0.5, 2), x=x + width / 2 + half - 0.3 * width)
    scene.move(board, end + 0.1 * scene.seconds, x=WIDTH + 500)


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


def coarse(scene):
    """A noisy recording of few bits, in which both change places once."""
    scene.crf, scene.noise = scene.draw("coarse"), [(0, scene.draw("noise"))]
    scene.light = [(0, scene.rng.uniform(0.7, 0.9))]
    left, right = scene.people
    x_left, x_right = left.path[0][1], right.path[0][1]
    scene.move(left, 0.3 * scene.seconds, x=x_right)
    scene.move(right, 0.3 * scene.seconds, x=x_left)


def pan(scene):
    """The camera wanders from one to the other and back, and zooms out."""
    t, width = 0.1 * scene.seconds, scene.rng.uniform(1150, 1350)
    path = [(0, *WIDE)]
    for person in (scene.people[0], scene.people[1], scene.people[0]):
        path += [(t, *path[-1][1:]), (t + scene.draw("move"), person.path[0][1], 500, width)]
        t = max(t + 0.25 * scene.seconds, path[-1][0])
    scene.shots = [Shot(0, path + [(t, *path[-1][1:]), (t + 2, *WIDE)])]


def zoom(scene):
    """The camera zooms in on both and out again, slowly and fast."""
    t, path = 0.1 * scene.seconds, [(0, *WIDE)]
    left, right = (person.path[0][1] for person in scene.people)
    near = ((left + right) / 2, 520, right - left + 420)
    for view in (near, WIDE, near, WIDE):
        path += [(t, *path[-1][1:]), (t + scene.rng.uniform(0.4, 3), *view)]
        t = path[-1][0] + scene.rng.uniform(0.3, 0.15 * scene.seconds)
    scene.shots = [Shot(0, path)]


def handheld(scene):
    """The camera is held by hand and never quite still."""
    width, t, path = scene.rng.uniform(1650, 1780), 0.0, []
    while t < scene.seconds + 1:
        path.append((t, WIDTH / 2 + scene.rng.gauss(0, 12), HEIGHT / 2 + scene.rng.gauss(0, 8),
                     width * (1 + scene.rng.gauss(0, 0.004))))
        t += scene.rng.uniform(0.25, 0.7)
    scene.shots = [Shot(0, path)]
    scene.move(scene.rng.choice(scene.people), 0.4 * scene.seconds, x=scene.rng.uniform(850, 1000))


SCRIPTS = {function.__name__: function for function in
           (talk, still, close, walker, crossing, returning, parting, leaver, latecomer, cuts, singles, angles,
            exchange, passer, behind, company, poster, gallery, hidden, partial, weather, coarse, pan, zoom, handheld)}
SPOILT = ("weather", "coarse")  # are bad enough by themselves


def spoil(scene):
    """Some recordings are worse than they need be."""
    rng = scene.rng
    if rng.random() < 0.2:
        scene.noise = [(0, scene.draw("noise"))]
    if rng.random() < 0.2:
        dark = rng.uniform(0, 0.8) * scene.seconds
        scene.light = [(dark, scene.light[0][1]), (dark + rng.uniform(0.3, 4), scene.draw("dark"))]
    if rng.random() < 0.15:
        scene.blur = [(0, 0.6 * scene.draw("blur"))]
    if rng.random() < 0.15:
        scene.crf = scene.draw("coarse")


def scene_of(kind, script, seed, seconds):
    scene = Scene(script, kind, seed, seconds, random.Random(f"{kind} {script} {seed}"))
    two_people(scene)
    SCRIPTS[script](scene)
    if script not in SPOILT:
        spoil(scene)
    return scene
