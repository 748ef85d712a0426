"""A real RTSP camera for tests: GStreamer's server, run by the system's Python, which has its bindings.

rtsp_camera.py PORT    a moving ball at rtsp://user:s3cret@127.0.0.1:PORT/door; prints the port that it listens on
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

ENCODERS = (
    ("x264enc", "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96"),
    ("openh264enc", "openh264enc gop-size=15 ! rtph264pay name=pay0 pt=96"),
    ("jpegenc", "jpegenc ! rtpjpegpay name=pay0 pt=26"),
)


def main() -> None:
    Gst.init(None)
    encode = next(launch for name, launch in ENCODERS if Gst.ElementFactory.find(name))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=20/1 ! {encode} )")
    factory.set_shared(True)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    factory.set_permissions(permissions)

    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic("user", "s3cret"), token)

    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(sys.argv[1])
    server.set_auth(auth)
    server.get_mount_points().add_factory("/door", factory)
    if not server.attach(None):
        sys.exit("the port is taken")
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


main()
