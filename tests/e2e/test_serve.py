"""A folder that is watched: what comes into it is done, once, whatever happens in between."""

import os
import shutil
import signal
import socket
import subprocess
import time

import harness
from harness import fail_with, tests_of, times

SMALL = ("--size", "320x180", "--profile", "realtime", "--settle", "0.5")


def clip(clips, number):
    return clips.make(f"part{number}.mp4", "-vf", "scale=320:180", "-c:v", "libx264", "-preset", "ultrafast",
                      "-c:a", "aac", start=2 * number)


class Server:
    """A running `dualface serve`, its folders, and what it tells the service manager."""

    def __init__(self, folder, *options, **environment):
        self.watched, self.out = folder / "in", folder / "out"
        self.watched.mkdir(exist_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = folder / "notify"
        name.unlink(missing_ok=True)
        self.socket.bind(str(name))
        self.said = folder / "said"
        self.process = subprocess.Popen(
            [harness.PROGRAM, "serve", "--watch", self.watched, "--out", self.out, *SMALL, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.said, "ab"),
            env={**os.environ, "NOTIFY_SOCKET": str(name), **environment})
        self.hear("READY=1")

    def hear(self, word):
        self.socket.settimeout(harness.TIMEOUT)
        while word not in self.socket.recv(4096).decode():
            pass

    def wait(self, what):
        """Until `what` is true; a server that ended is an error."""
        end = time.monotonic() + harness.TIMEOUT
        while not what():
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < end, self.said.read_text()
            time.sleep(0.05)

    def names(self):
        return sorted(p.name for p in self.out.glob("*-split.mp4"))

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(harness.TIMEOUT)
        self.socket.close()
        return code


def what_comes_is_done_when_it_is_whole(clips, folder):
    server = Server(folder)
    whole = clip(clips, 0).read_bytes()
    with open(server.watched / "slow.mp4", "wb") as slow:  # grows for longer than it takes to settle
        for part in range(6):
            slow.write(whole[part * len(whole) // 6:(part + 1) * len(whole) // 6])
            slow.flush()
            time.sleep(0.25)
    shutil.copy(clip(clips, 1), server.watched / "fast.mp4")
    (server.watched / "broken.mp4").write_bytes(whole[:2000])
    (server.watched / "notes.txt").write_text("no video")
    server.wait(lambda: server.names() == ["fast-split.mp4", "slow-split.mp4"])
    server.wait(lambda: "broken.mp4" in server.said.read_text())
    server.hear("STATUS=2 done")
    assert server.end() == 0
    said = server.said.read_text()
    assert "slow" not in said and "notes" not in said, said
    for name in server.names():
        assert len(times(server.out / name)) == 60, name


def a_restart_does_what_is_left(clips, folder):
    server = Server(folder)
    shutil.copy(clip(clips, 0), server.watched / "a.mp4")
    server.wait(lambda: server.names() == ["a-split.mp4"])
    made = (server.out / "a-split.mp4").stat().st_mtime_ns
    server.end(signal.SIGKILL)
    shutil.copy(clip(clips, 1), server.watched / "b.mp4")
    server = Server(folder)
    server.wait(lambda: server.names() == ["a-split.mp4", "b-split.mp4"])
    assert (server.out / "a-split.mp4").stat().st_mtime_ns == made
    assert server.end() == 0


def a_crash_is_survived_under_a_supervisor(clips, folder):
    server = Server(folder, "--supervise", DUALFACE_FAULT="encode@20*1:crash")
    shutil.copy(clip(clips, 0), server.watched / "a.mp4")
    server.wait(lambda: server.names() == ["a-split.mp4"])
    assert server.end() == 0
    assert "crashed" in server.said.read_text(), server.said.read_text()


def folders_that_cannot_be_are_said(clips, folder):
    fail_with(1, "serve", "--watch", folder / "none", "--out", folder / "out", says="none")
    (folder / "file").touch()
    fail_with(2, "serve", "--watch", folder, "--out", folder / "file", says="folder")


if __name__ == "__main__":
    harness.main(tests_of(globals()))
