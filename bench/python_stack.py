#!/usr/bin/env python3
"""The usual Python way to the same split screen, for tools/bench to compare with.

Usage: python_stack.py INPUT OUTPUT --models DIR [--preset P] [--crf N] [--seconds S]

OpenCV decodes, ONNX Runtime runs the same two models, the detector on every frame, supervision's
ByteTrack links the faces, OpenCV crops and resizes, and ffmpeg encodes what comes through a pipe and
copies the audio. It has no look-ahead and no policies for absent people, so it does less than
dualface. Libraries keep their own defaults, threads included. Prints frames and faces found as one
line of JSON.
"""

import argparse
import json
import os
import subprocess

import cv2
import numpy as np
import onnxruntime
import supervision as sv

INPUT_SIZE = (512, 288)  # 16:9 without a margin, two thirds of what dualface looks at most closely
SCORE, LOW_SCORE, NMS = 0.6, 0.1, 0.4
SAME_PERSON = 0.363  # published for SFace
TILE = (960, 1080)
FACE_HEIGHT = 0.32  # of the tile
SMOOTHING = 0.1
STRIDES = (8, 16, 32)
# The five landmarks of an aligned face (ArcFace), pixels of 112x112.
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366],
                     [41.5493, 92.3655], [70.7299, 92.2041]], np.float32)


class Detector:
    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.outputs = [output.name for output in self.session.get_outputs()]
        self.cells = {}
        for stride in STRIDES:
            rows, columns = INPUT_SIZE[1] // stride, INPUT_SIZE[0] // stride
            y, x = np.mgrid[:rows, :columns].astype(np.float32)
            self.cells[stride] = np.stack((x.ravel(), y.ravel()), axis=1)

    def __call__(self, frame):
        """Boxes (x, y, w, h), landmarks and scores, in pixels of the frame."""
        height, width = frame.shape[:2]
        scale = min(INPUT_SIZE[0] / width, INPUT_SIZE[1] / height)
        small = cv2.resize(frame, (round(width * scale), round(height * scale)),
                           interpolation=cv2.INTER_AREA)
        tensor = cv2.copyMakeBorder(small, 0, INPUT_SIZE[1] - small.shape[0], 0,
                                    INPUT_SIZE[0] - small.shape[1], cv2.BORDER_CONSTANT)
        tensor = tensor.transpose(2, 0, 1)[None].astype(np.float32)
        out = dict(zip(self.outputs, self.session.run(None, {self.input: tensor})))
        boxes, points, scores = [], [], []
        for stride in STRIDES:
            cls, obj = out[f"cls_{stride}"][0, :, 0], out[f"obj_{stride}"][0, :, 0]
            score = np.sqrt(np.clip(cls, 0, 1) * np.clip(obj, 0, 1))
            keep = score >= LOW_SCORE
            cells = self.cells[stride][keep]
            box, landmarks = out[f"bbox_{stride}"][0, keep], out[f"kps_{stride}"][0, keep]
            centre, size = (cells + box[:, :2]) * stride, np.exp(box[:, 2:]) * stride
            boxes.append(np.hstack((centre - size / 2, size)))
            points.append((cells[:, None] + landmarks.reshape(-1, 5, 2)) * stride)
            scores.append(score[keep])
        boxes = np.concatenate(boxes) / scale
        points = np.concatenate(points) / scale
        scores = np.concatenate(scores)
        kept = np.array(cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), LOW_SCORE, NMS), int)
        return boxes[kept], points[kept], scores[kept]


class People:
    """Two people; a track is embedded when it is new, and belongs to whom it resembles most."""

    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.gallery, self.person_of = [], {}

    def embed(self, frame, points):
        matrix, _ = cv2.estimateAffinePartial2D(points.astype(np.float32), TEMPLATE)
        if matrix is None:
            return None
        face = cv2.cvtColor(cv2.warpAffine(frame, matrix, (112, 112)), cv2.COLOR_BGR2RGB)
        tensor = face.transpose(2, 0, 1)[None].astype(np.float32)
        vector = self.session.run(None, {self.input: tensor})[0][0]
        return vector / np.linalg.norm(vector)

    def identify(self, track, frame, points):
        if track in self.person_of:
            return self.person_of[track]
        vector = self.embed(frame, points)
        if vector is None:
            return None
        similar = [float(vector @ known) for known in self.gallery]
        best = int(np.argmax(similar)) if similar else -1
        if best < 0 or (similar[best] < SAME_PERSON and len(self.gallery) < 2):
            self.gallery.append(vector)
            best = len(self.gallery) - 1
        self.person_of[track] = best
        return best


class Camera:
    """A window of the tile's shape around a face, smoothed."""

    def __init__(self, width, height):
        self.size, self.window = (width, height), None

    def follow(self, box):
        height = min(box[3] / FACE_HEIGHT, self.size[1])
        target = np.array([box[0] + box[2] / 2, box[1] + box[3] * 0.6, height])
        self.window = target if self.window is None else \
            self.window + SMOOTHING * (target - self.window)

    def crop(self, frame):
        if self.window is None:
            self.window = np.array([self.size[0] / 2, self.size[1] / 2, self.size[1]])
        x, y, height = self.window
        width = height * TILE[0] / TILE[1]
        left = int(round(np.clip(x - width / 2, 0, self.size[0] - width)))
        top = int(round(np.clip(y - height / 2, 0, self.size[1] - height)))
        part = frame[top:top + int(height), left:left + int(width)]
        return cv2.resize(part, TILE, interpolation=cv2.INTER_CUBIC)


def encoder(arguments, fps):
    limit = ["-t", str(arguments.seconds)] if arguments.seconds else []
    return subprocess.Popen(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s",
         f"{2 * TILE[0]}x{TILE[1]}", "-r", str(fps), "-i", "-", *limit, "-i", arguments.input,
         "-map", "0:v", "-map", "1:a?", "-c:v", "libx264", "-preset", arguments.preset, "-crf",
         str(arguments.crf), "-g", str(round(5 * fps)), "-pix_fmt", "yuv420p", "-c:a", "copy",
         arguments.output], stdin=subprocess.PIPE)


def process(arguments):
    capture = cv2.VideoCapture(arguments.input)
    fps = capture.get(cv2.CAP_PROP_FPS)
    width, height = (int(capture.get(key)) for key in
                     (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    detector = Detector(os.path.join(arguments.models, "yunet.onnx"))
    people = People(os.path.join(arguments.models, "sface.onnx"))
    tracker = sv.ByteTrack(track_activation_threshold=SCORE, frame_rate=round(fps))
    cameras, seats = [Camera(width, height), Camera(width, height)], {}
    sink = encoder(arguments, fps)
    frames = faces = 0
    while not arguments.seconds or frames < round(arguments.seconds * fps):
        more, frame = capture.read()
        if not more:
            break
        boxes, points, scores = detector(frame)
        corners = np.hstack((boxes[:, :2], boxes[:, :2] + boxes[:, 2:])).reshape(-1, 4)
        seen = tracker.update_with_detections(sv.Detections(
            xyxy=corners, confidence=scores, class_id=np.zeros(len(scores), int),
            data={"box": boxes, "points": points}))
        faces += len(seen)
        for i in np.argsort(seen.xyxy[:, 0]):
            person = people.identify(int(seen.tracker_id[i]), frame, seen.data["points"][i])
            if person is None or person > 1:
                continue
            box = seen.data["box"][i]
            wanted = int(box[0] + box[2] / 2 > width / 2)
            if person not in seats:
                seats[person] = wanted if wanted not in seats.values() else 1 - wanted
            cameras[seats[person]].follow(box)
        split = np.hstack([camera.crop(frame) for camera in cameras])
        sink.stdin.write(split.tobytes())
        frames += 1
    sink.stdin.close()
    if sink.wait() != 0:
        raise SystemExit("python_stack: ffmpeg failed")
    return {"frames": frames, "faces": faces, "people": len(people.gallery)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--models", required=True)
    parser.add_argument("--preset", default="veryfast")
    parser.add_argument("--crf", type=int, default=23)
    parser.add_argument("--seconds", type=float, default=0)
    print(json.dumps(process(parser.parse_args())))


if __name__ == "__main__":
    main()
