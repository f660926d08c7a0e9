#!/usr/bin/python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server that is not ours: gst-rtsp-server with a test pattern coded by x264. Prints its URL; ends with
its standard input. Exit code 77 where a part of it is not installed."""
import sys

try:
    import gi
    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer
except (ImportError, ValueError):
    sys.exit(77)

Gst.init(None)
if not Gst.ElementFactory.find("x264enc") or not Gst.ElementFactory.find("rtph264pay"):
    sys.exit(77)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch("( videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 "
                   "! x264enc key-int-max=12 tune=zerolatency speed-preset=ultrafast ! rtph264pay name=pay0 pt=96 )")
factory.set_shared(True)
if len(sys.argv) > 1:
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(getattr(__import__("gi.repository.GstRtsp", fromlist=["RTSPAuthMethod"]).RTSPAuthMethod, sys.argv[1].upper()))
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if sys.argv[1] == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic("viewer", "hunter2"), token)
    else:
        auth.add_digest("viewer", "hunter2", token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)
server.get_mount_points().add_factory("/test", factory)
server.attach(None)
print(f"rtsp://127.0.0.1:{server.get_bound_port()}", flush=True)
loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IOCondition.HUP | GLib.IOCondition.IN, lambda *_: loop.quit())
loop.run()
