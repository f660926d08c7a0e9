# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cameras of scripts/fake-camera for the tests that ask them."""
import contextlib
import importlib.machinery
import importlib.util
import os
import subprocess
import sys

from ulcli import SOURCE

GST_SERVER = os.path.join(SOURCE, "tests", "cli", "gst_server.py")
# Debian installs the bindings of GStreamer for this one.
SYSTEM_PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
FAKE = os.path.join(SOURCE, "scripts", "fake-camera")
SUBJECTS = ("maker", "platform", "software")


def fake_camera_module():
    """scripts/fake-camera as a module: how it reads a dialogue."""
    loader = importlib.machinery.SourceFileLoader("fake_camera", FAKE)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("fake_camera", loader))
    loader.exec_module(module)
    return module


@contextlib.contextmanager
def server(*command, **more):
    """A process that prints where it listens and lives as long as its input is open."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more)
    try:
        yield process
    finally:
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()


@contextlib.contextmanager
def fake_cameras(*arguments):
    """The URLs, without their last slash, one a dialogue; the cameras are gone afterwards."""
    with server(sys.executable, "-B", FAKE, *arguments) as process:
        first = process.stdout.readline()
        if not first:
            raise RuntimeError(f"fake-camera {' '.join(arguments)}: does not start")
        n = len(arguments[arguments.index("--many") + 1:]) if "--many" in arguments else 1
        yield [url.strip().rstrip("/") for url in [first] + [process.stdout.readline() for _ in range(n - 1)]]


@contextlib.contextmanager
def gst_server(*arguments):
    """The URL of a gst-rtsp-server; empty where a part of it is not installed."""
    with server(SYSTEM_PYTHON, "-B", GST_SERVER, *arguments, stderr=subprocess.DEVNULL) as process:
        yield process.stdout.readline().strip()


def with_login(url, user="viewer", password="hunter2", path="/"):
    scheme, rest = url.split("://")
    return f"{scheme}://{user}:{password}@{rest}{path}"


def answers(report, stream=None):
    """What must be the same however a dialogue was read."""
    of = report["streams"][stream]["answers"] if stream is not None else report["answers"]
    return {subject: of[subject]["id"] for subject in SUBJECTS} | {"path": of["path"]["id"]}


def ratios(report):
    return {subject: of["log10_lr"] for subject, of in report["answers"].items() if subject in SUBJECTS}
