"""Draws what went wrong in a scene: frames around it, with both windows and the faces as they truly are."""

import cv2
import numpy as np

from scene_measures import iou, read

COLUMNS, ROWS, WIDTH = 4, 5, 480
BLUE, ORANGE, GREEN, GREY, RED = (230, 120, 30), (20, 140, 255), (60, 200, 60), (140, 140, 140), (40, 40, 230)


def centre_in(box, window):
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    return window[0] <= x < window[0] + window[2] and window[1] <= y < window[1] + window[3]


def is_wrong(true, found, seats):
    """Roughly what eval counts: a half does not show its own visible person, or shows the other one."""
    people = {person["id"]: person for person in true["people"] if person["visible"]}
    for side, other in (("left", "right"), ("right", "left")):
        window, face = found[side]["window"], found[side]["face"]
        own, wrong = people.get(seats.get(side)), people.get(seats.get(other))
        if own and not centre_in(own["box"], window):
            return True
        if wrong and (centre_in(wrong["box"], window) and not (own and centre_in(own["box"], window))):
            return True
        if wrong and face and iou(wrong["box"], face) > 0.5:
            return True
    return False


def chosen(wrong, jumps, count):
    """Frames to show: from where it goes wrong or jumps, and around; spread over the scene where that is nowhere."""
    starts = [n for n in wrong if n - 1 not in wrong] + jumps
    room = COLUMNS * ROWS
    if not starts:
        return sorted({round(k * (count - 1) / (room - 1)) for k in range(room)})
    each = max(room // len(starts), 1)
    picked = set()
    for start in starts[:room]:
        end = next((n for n in range(start, count) if n not in wrong), count - 1)
        span = np.linspace(start - 3, max(end + 3, start + 3), each) if each > 1 else [start]
        picked |= {int(min(max(n, 0), count - 1)) for n in span}
    return sorted(picked)[:room]


def jumps_of(true, found):
    """Frames in which a window moves far from one frame to the next though there is no cut, or not at a cut."""
    frames = []
    for n in range(1, len(found)):
        for side in ("left", "right"):
            before, now = found[n - 1][side]["window"], found[n][side]["window"]
            if max(abs(now[0] - before[0]), abs(now[1] - before[1])) > 0.08 * now[3] and not true[n]["cut"]:
                frames.append(n)
                break
    return frames


def box_on(picture, box, colour, scale, thickness):
    x, y, w, h = (round(value * scale) for value in box)
    cv2.rectangle(picture, (x, y), (x + w, y + h), colour, thickness)


def tile_of(picture, true, found, scale, bad):
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for group in ("people", "others"):
        for face in true[group]:
            if face["box"]:
                box_on(picture, face["box"], GREEN if face["visible"] else GREY, scale, 1)
    for side, colour in (("left", BLUE), ("right", ORANGE)):
        box_on(picture, found[side]["window"], colour, scale, 2)
        if found[side]["face"]:
            box_on(picture, found[side]["face"], colour, scale, 1)
    states = f"{true['n']} {true['t']:.2f}s{' cut' if true['cut'] else ''} {found['left']['state']}/{found['right']['state']}"
    cv2.rectangle(picture, (0, 0), (picture.shape[1], 16), RED if bad else (0, 0, 0), -1)
    cv2.putText(picture, states, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return picture


def draw(scene, path, misses):
    header, true = read(scene.truth)
    _, found = read(scene.tracks)
    seats = {person["seat"]: person["id"] for person in header["people"]}
    wrong = {n for n, (t, f) in enumerate(zip(true, found)) if is_wrong(t, f, seats)}
    picked = chosen(sorted(wrong), jumps_of(true, found), len(found))
    video, tiles, scale = cv2.VideoCapture(str(scene.video)), [], WIDTH / header["width"]
    for n in range(picked[-1] + 1):
        ok, picture = video.read()
        if ok and n in picked:
            tiles.append(tile_of(picture, true[n], found[n], scale, n in wrong))
    video.release()
    if not tiles:
        raise RuntimeError(f"{scene.video} cannot be read")
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % COLUMNS)
    title = np.zeros((24, COLUMNS * tiles[0].shape[1], 3), np.uint8)
    cv2.putText(title, f"{scene.name}: {'; '.join(misses)}", (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1,
                cv2.LINE_AA)
    rows = [np.hstack(tiles[k:k + COLUMNS]) for k in range(0, len(tiles), COLUMNS)]
    cv2.imwrite(str(path), np.vstack([title, *rows]))
