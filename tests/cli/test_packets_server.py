#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a server that is not ours sends to a client that is not ours, captured on the loopback
interface, over TCP and UDP.  Skipped where packets cannot be captured or a part is not installed."""
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from cameras import gst_server
from ulcli import Checks, run

ETH_P_ALL = 3
PACKET_OUTGOING = 4

try:
    listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    listener.bind(("lo", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 20)
    listener.settimeout(0.1)
except (OSError, AttributeError) as error:
    print("skipped: packets cannot be captured:", error)
    sys.exit(77)
if not shutil.which("ffmpeg"):
    print("skipped: no ffmpeg")
    sys.exit(77)
checks = Checks()


def capture(path, url, transport):
    """Writes all that passes while the client watches for three seconds."""
    done = threading.Event()

    def listen():
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
            while not done.is_set():
                try:
                    packet, address = listener.recvfrom(1 << 17)
                except TimeoutError:
                    continue
                if address[2] != PACKET_OUTGOING:
                    now = time.time()
                    out.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(packet), len(packet)) + packet)

    thread = threading.Thread(target=listen)
    thread.start()
    subprocess.run(["ffmpeg", "-v", "quiet", "-rtsp_transport", transport, "-i", url, "-t", "3", "-c", "copy", "-f", "null", "-"],
                   stdin=subprocess.DEVNULL, timeout=30, check=False)
    done.set()
    thread.join()


with tempfile.TemporaryDirectory() as folder, gst_server() as url:
    if not url:
        print("skipped: no gst-rtsp-server")
        sys.exit(77)
    endpoint = url.split("/")[2]
    for transport in ("tcp", "udp"):
        name = os.path.join(folder, transport + ".pcap")
        capture(name, url + "/test", transport)
        result = run("inspect", "--json", name)
        if not checks.code(result, 0, transport):
            continue
        report = result.json()
        # Others may use the loopback interface too: this server is one of the streams.
        mine = next((o["stream"] for o in report["observations"] if o["key"] == "rtsp.endpoint" and o["value"] == endpoint), None)
        if not checks.that(mine is not None, f"{transport}: the server is among the streams"):
            continue
        stream = report["streams"][mine]
        first = {o["key"]: o["value"] for o in reversed(report["observations"]) if o["stream"] == mine}
        checks.equal(stream["answers"]["software"]["id"], "gst-rtsp-server", f"{transport}: software")
        checks.equal(stream["answers"]["platform"]["id"], "x264", f"{transport}: platform")
        checks.equal(stream["answers"]["maker"]["id"], "unknown", f"{transport}: maker")
        checks.that(stream["frames"] >= 20, f"{transport}: pictures", stream["frames"])
        checks.equal(first.get("shape.gop"), "12", f"{transport}: GOP")
        checks.equal(first.get("rtp.fragmentation"), "single,FU-A", f"{transport}: fragmentation")
        checks.that(first.get("rtp.sdes_tool") in (None, "GStreamer"), f"{transport}: TOOL, where a report came in time")
        checks.equal(first.get("rtp.timestamp_step"), "3600", f"{transport}: timestamp step")
        checks.equal(first.get("rtp.marker"), "access-unit", f"{transport}: marker")
checks.done()
