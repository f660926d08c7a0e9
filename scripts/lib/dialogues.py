# SPDX-License-Identifier: LGPL-2.1-or-later
"""The RTSP dialogues and session descriptions among the samples, written after what is publicly
known of each firmware's wording.  Addresses are of RFC 5737, hardware addresses locally
administered; serials, nonces and sessions are made up by counting."""
import hashlib

from h264 import Stream


def digits(name, n):
    return str(int(hashlib.sha256(name.encode()).hexdigest(), 16))[:n]


def hexes(name, n):
    return hashlib.sha256(name.encode()).hexdigest()[:n]


def message(*lines, body=None):
    """A message whose Content-Length, if it has one, is right."""
    text = "".join(line + "\r\n" for line in (body or ()))
    return "".join(line.replace("@LENGTH@", str(len(text))) + "\r\n" for line in lines) + "\r\n" + text


def request(method, url, cseq, *headers, agent="inspection/1.0"):
    return message(f"{method} {url} RTSP/1.0", f"CSeq: {cseq}", *headers, f"User-Agent: {agent}")


def digest(user, realm, nonce, url):
    return (f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}", '
            f'response="{hexes(nonce + url, 32)}"')


# --- label Luminys on the box, the dialogue of another's stack ---------------------------------

def login_to_stream():
    return Stream(profile=100, level=31, mfn=8, poc=(0, 16), gaps=1, size=(1280, 720), cabac=1, cqo=-6, t8x8=1,
                  vui={"signal": (5, 1), "colour": (5, 1, 5), "tick": (1, 40, 1)})


def rebrand_sdp():
    s = login_to_stream()
    o = 2208988800 + 43554211
    return [
        "v=0", f"o=- {o} {o} IN IP4 0.0.0.0", "s=Media Server", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*",
        "a=packetization-supported:DH", "a=rtppayload-supported:DH", "a=range:npt=now-",
        "m=video 0 RTP/AVP 96", "a=control:trackID=0", "a=framerate:20.000000", "a=rtpmap:96 H264/90000",
        f"a=fmtp:96 packetization-mode=1;profile-level-id={s.profile_level_id()};sprop-parameter-sets={s.sprop(tail=bytes(1))}",
        "a=recvonly",
        "m=audio 0 RTP/AVP 8", "a=control:trackID=1", "a=rtpmap:8 PCMA/8000", "a=recvonly",
        "m=application 0 RTP/AVP 107", "a=control:trackID=4", "a=rtpmap:107 vnd.onvif.metadata/90000", "a=recvonly",
    ]


def rebrand_dialogue(host="192.0.2.20", name="rebrand", sdp=None):
    url = f"rtsp://{host}:554/cam/realmonitor?channel=1&subtype=1"
    realm, nonce = "Login to " + hexes(name + "realm", 32), hexes(name + "nonce", 32)
    login = digest("viewer", realm, nonce, url)
    session = digits(name, 12)
    return (
        request("OPTIONS", url, 1)
        + message("RTSP/1.0 401 Unauthorized", "CSeq: 1", f'WWW-Authenticate: Digest realm="{realm}", nonce="{nonce}"')
        + request("OPTIONS", url, 2, login)
        + message("RTSP/1.0 200 OK", "CSeq: 2", "Server: Rtsp Server/3.0",
                  "Public: OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, PAUSE, TEARDOWN, SET_PARAMETER, GET_PARAMETER")
        + request("DESCRIBE", url, 3, login, "Accept: application/sdp")
        + message("RTSP/1.0 200 OK", "CSeq: 3", "x-Accept-Dynamic-Rate: 1", f"Content-Base: {url}/",
                  "Cache-Control: must-revalidate", "Content-Length: @LENGTH@", "Content-Type: application/sdp",
                  body=sdp or rebrand_sdp())
        + request("SETUP", url + "/trackID=0", 4, login, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        + message("RTSP/1.0 200 OK", "CSeq: 4", f"Session: {session};timeout=60",
                  f"Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc={hexes(name + 'ssrc', 8).upper()}", "x-Dynamic-Rate: 1")
        + request("PLAY", url + "/", 5, login, f"Session: {session}", "Range: npt=0.000-")
        + message("RTSP/1.0 200 OK", "CSeq: 5", f"Session: {session}", "Range: npt=0.000000-",
                  f"RTP-Info: url=trackID=0;seq={digits(name + 'seq', 4)};rtptime={digits(name + 'time', 9)}"))


# --- a dialogue with padded Session, MEDIAINFO and a constant profile-level-id -------------------

def mediainfo(version, video):
    return "494D4B48" + version + "0000" + "0400" + video + "00" * (40 - 12)


def imkh_stream():
    return Stream(profile=77, level=42, mfn=9, poc=(0, 9), size=(1920, 1080), crop=(0, 0, 0, 4), cabac=1,
                  vui={"signal": (5, 0), "colour": (1, 1, 1), "tick": (1000, 40000, 0)})


def imkh_sdp(host, stream, version="0102", video="0001"):
    o = 1650000000000000 + int(digits(host, 9))
    return [
        "v=0", f"o=- {o} {o} IN IP4 {host}", "s=Media Presentation", "e=NONE", "b=AS:5050", "t=0 0",
        f"a=control:rtsp://{host}:554/Streaming/Channels/101/",
        "m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "b=AS:5000", "a=recvonly", "a=x-dimensions:1920,1080",
        f"a=control:rtsp://{host}:554/Streaming/Channels/101/trackID=1", "a=rtpmap:96 H264/90000",
        f"a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets={stream.sprop()}",
        f"a=Media_header:MEDIAINFO={mediainfo(version, video)};", "a=appversion:1.0",
    ]


def hikvision_dialogue(host="192.0.2.30"):
    url = f"rtsp://{host}:554/Streaming/Channels/101"
    realm, nonce = "IP Camera(G0000)", hexes("imkh nonce", 32)
    login = digest("viewer", realm, nonce, url)
    session = digits("imkh", 9)
    date = "Date:  Tue, Jun 14 2022 10:20:{:02d} GMT".format
    return (
        request("OPTIONS", url, 1)
        + message("RTSP/1.0 200 OK", "CSeq: 1",
                  "Public: OPTIONS, DESCRIBE, PLAY, PAUSE, SETUP, TEARDOWN, SET_PARAMETER, GET_PARAMETER", date(30))
        + request("DESCRIBE", url, 2, "Accept: application/sdp")
        + message("RTSP/1.0 401 Unauthorized", "CSeq: 2",
                  f'WWW-Authenticate: Digest realm="{realm}", nonce="{nonce}", stale="FALSE"', date(30))
        + request("DESCRIBE", url, 3, login, "Accept: application/sdp")
        + message("RTSP/1.0 200 OK", "CSeq: 3", "Content-Type: application/sdp", f"Content-Base: {url}/",
                  "Content-Length: @LENGTH@", body=imkh_sdp(host, imkh_stream()))
        + request("SETUP", url + "/trackID=1", 4, login, "Transport: RTP/AVP;unicast;client_port=30000-30001")
        + message("RTSP/1.0 200 OK", "CSeq: 4", f"Session:        {session};timeout=60",
                  f"Transport: RTP/AVP;unicast;client_port=30000-30001;server_port=8210-8211;ssrc=2a{hexes('imkh ssrc', 5)};mode=\"play\"",
                  date(31))
        + request("PLAY", url + "/", 5, login, f"Session: {session}", "Range: npt=0.000-")
        + message("RTSP/1.0 200 OK", "CSeq: 5", f"Session:        {session}",
                  f"RTP-Info: url={url}/trackID=1;seq={digits('imkh seq', 5)};rtptime={digits('imkh time', 9)}", date(31)))


# --- look-alike, relay, software, one lone challenge -----------------------------------------------

def look_alike():
    """A live555 build that prints a MEDIAINFO line as well: the line is copied, the rest is not."""
    host = "192.0.2.40"
    s = Stream(profile=77, level=31, mfn=8, poc=(2, 0), gaps=1, size=(1280, 720), cabac=1, vui={"tick": (1, 50, 1)})
    url = f"rtsp://{host}:554/stream0"
    sdp = [
        "v=0", "o=- 1109162014219182 1109162014219192 IN IP4 x.y.z.w", "s=RTSP/RTP stream from network camera", "e=NONE",
        "c=IN IP4 0.0.0.0", "a=tool:LIVE555 Streaming Media v2012.02.29 own build", "t=0 0", "a=range:npt=0-", "a=control:*",
        "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=control:trackID=1",
        f"a=fmtp:96 packetization-mode=1;profile-level-id={s.profile_level_id()};sprop-parameter-sets={s.sprop()}",
        "a=x-dimensions: 1280, 720", "a=x-framerate: 25",
        f"a=Media_header:MEDIAINFO={mediainfo('0101', '0100')};", "a=appversion:1.0",
    ]
    return (
        request("OPTIONS", url, 1)
        + message("RTSP/1.0 200 OK", "CSeq: 1", "Date: Mon, Mar 04 2019 08:00:00 GMT",
                  "Public: OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER")
        + request("DESCRIBE", url, 2, "Accept: application/sdp")
        + message("RTSP/1.0 200 OK", "CSeq: 2", "Content-Type: application/sdp", "Content-Length: @LENGTH@",
                  f"Content-Base: {url}/", body=sdp))


def relay():
    """FFmpeg pushed a camera to a relay: dialogue and session description are the relay's and FFmpeg's."""
    host = "192.0.2.50"
    s = Stream(profile=77, level=41, mfn=8, poc=(2, 0), gaps=1, size=(1920, 1080), crop=(0, 0, 0, 4), cabac=1)
    url = f"rtsp://{host}:10554/7"
    server = "Server: VDMSDarwin/2.0 (Build/4.0; Platform/Linux; Release/EasyDarwin; State/Development; )"
    date = "Mon, 03 Feb 2020 09:00:00 GMT"
    sdp = [
        "v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=No Name", "c=IN IP4 0.0.0.0", "t=0 0", "a=tool:libavformat 58.29.100", "a=control:*",
        "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000",
        f"a=fmtp:96 packetization-mode=1; sprop-parameter-sets={s.sprop()}; profile-level-id={s.profile_level_id()}",
        "a=control:trackID=0",
    ]
    return (
        request("OPTIONS", url, 1)
        + message("RTSP/1.0 200 OK", server, "Cseq: 1",
                  "Public: DESCRIBE, SETUP, TEARDOWN, PLAY, PAUSE, OPTIONS, ANNOUNCE, GET_PARAMETER, RECORD")
        + request("DESCRIBE", url, 2, "Accept: application/sdp")
        + message("RTSP/1.0 200 OK", server, "Cseq: 2", "Cache-Control: no-cache", "Content-length: @LENGTH@", f"Date: {date}",
                  f"Expires: {date}", "Content-Type: application/sdp", "x-Accept-Retransmit: our-retransmit",
                  "x-Accept-Dynamic-Rate: 1", f"Content-Base: {url}/", body=sdp))


def only_401():
    host = "192.0.2.60"
    url = f"rtsp://{host}:554/"
    return (
        request("DESCRIBE", url, 1, "Accept: application/sdp")
        + message("RTSP/1.0 401 Unauthorized", "CSeq: 1",
                  f'WWW-Authenticate: Digest realm="02005e100060", nonce="{hexes("only nonce", 32)}", stale="FALSE"'))


def gst_software():
    """gst-rtsp-server with a test pattern: software on somebody's computer."""
    host = "192.0.2.70"
    s = Stream(profile=66, constraints=0xc0, level=13, mfn=4, poc=(2, 0), size=(320, 240), l0=3, qp=23, cqo=-2,
               vui={"tick": (1, 60, 1), "restriction": (1, 0, 0, 11, 11, 0, 1)})
    url = f"rtsp://{host}:8554/test"
    gst, date = "Server: GStreamer RTSP server", "Date: Wed, 05 May 2021 12:00:00 GMT"
    sdp = [
        "v=0", f"o=- {digits('gst origin', 19)} 1 IN IP4 {host}", "s=Session streamed with GStreamer", "i=rtsp-server", "t=0 0",
        "a=tool:GStreamer", "a=type:broadcast", "a=range:npt=now-", f"a=control:{url}",
        "m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "b=AS:2048", "a=rtpmap:96 H264/90000", "a=framerate:30",
        f"a=fmtp:96 packetization-mode=1;profile-level-id={s.profile_level_id().lower()};sprop-parameter-sets={s.sprop()}",
        f"a=control:{url}/stream=0", "a=ts-refclk:local", "a=mediaclk:sender",
    ]
    return (
        request("OPTIONS", url, 1)
        + message("RTSP/1.0 200 OK", "CSeq: 1",
                  "Public: OPTIONS, DESCRIBE, ANNOUNCE, GET_PARAMETER, PAUSE, PLAY, RECORD, SETUP, SET_PARAMETER, TEARDOWN", gst, date)
        + request("DESCRIBE", url, 2, "Accept: application/sdp")
        + message("RTSP/1.0 200 OK", "CSeq: 2", "Content-Type: application/sdp", f"Content-Base: {url}/", gst, date,
                  "Content-Length: @LENGTH@", body=sdp))


# --- session descriptions alone --------------------------------------------------------------------

def uniview_sdp(host="192.0.2.80"):
    s = Stream(profile=77, level=31, mfn=10, poc=(2, 0), gaps=1, size=(1280, 720), cabac=1, vui={"tick": (1, 1000, 0)})
    return [
        "v=0", f"o=- 1001 1 IN IP4 {host}", "s=VCP IPC Realtime stream", "m=video 0 RTP/AVP 105", f"c=IN IP4 {host}",
        f"a=control:rtsp://{host}/media/video1/video", "a=rtpmap:105 H264/90000",
        f"a=fmtp:105 profile-level-id={s.profile_level_id().lower()}; packetization-mode=1; sprop-parameter-sets={s.sprop()}",
        "a=recvonly", "m=application 0 RTP/AVP 107", f"c=IN IP4 {host}", f"a=control:rtsp://{host}/media/video1/metadata",
        "a=rtpmap:107 vnd.onvif.metadata/90000", "a=fmtp:107 DecoderTag=h3c-v3 RTCP=0", "a=recvonly",
    ]


def tp_link_sdp(host="192.0.2.90"):
    s = Stream(profile=77, level=31, mfn=4, poc=(0, 10), size=(1280, 720), cabac=1, ref_idc=1,
               vui={"signal": (5, 0), "colour": (5, 5, 5), "tick": (1, 30, 0)})
    return [
        "v=0", f"o=- 14665860 31787219 1 IN IP4 {host}", 's=Session streamed by "TP-LINK RTSP Server"', "t=0 0",
        "a=smart_encoder:virtualIFrame=1", "m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "b=AS:4096", "a=range:npt=0-",
        "a=control:track1", "a=rtpmap:96 H264/90000",
        f"a=fmtp:96 packetization-mode=1; profile-level-id={s.profile_level_id()}; sprop-parameter-sets={s.sprop()}",
        "m=audio 0 RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=control:track2",
        "m=application/TP-LINK 0 RTP/AVP smart/1/90000", "a=rtpmap:95 TP-LINK/90000", "a=control:track3",
    ]


def two_cameras():
    """One folder's worth of notes in one file: two cameras of different makers."""
    return ("# camera 1\r\n" + rebrand_dialogue(host="192.0.2.21", name="first of two")
            + "\r\n# camera 2\r\n" + message("RTSP/1.0 200 OK", "CSeq: 3", "Content-Base: rtsp://192.0.2.81/media/video1",
                                             "Content-Length: @LENGTH@", "Content-Type: application/sdp",
                                             body=uniview_sdp("192.0.2.81")))


# --- what a person pastes: the log of curl -v --------------------------------------------------------

def curl_log():
    host, secret = "192.0.2.100", "hunter2"
    s = Stream(profile=77, level=41, mfn=4, poc=(0, 13), size=(1920, 1080), crop=(0, 0, 0, 4), cabac=1,
               vui={"sar": 1, "signal": (5, 1), "colour": (1, 1, 1), "chroma_loc": (1, 1), "tick": (1, 60, 1),
                    "restriction": (1, 0, 0, 8, 7, 0, 1)})
    url = f"rtsp://{host}/axis-media/media.amp"
    realm, nonce = "AXIS_02005E100100", "0000" + hexes("curl nonce", 43)
    gst, date = "Server: GStreamer RTSP server", "Date: Thu, 04 Apr 2024 16:00:00 GMT"
    sdp = [
        "v=0", f"o=- {digits('curl origin', 20)} 1 IN IP4 {host}", "s=Session streamed with GStreamer", "i=rtsp-server", "t=0 0",
        "a=tool:GStreamer", "a=type:broadcast", "a=range:npt=now-", f"a=control:{url}?video=1",
        "m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "b=AS:50000", "a=rtpmap:96 H264/90000",
        f"a=fmtp:96 packetization-mode=1;profile-level-id={s.profile_level_id().lower()};sprop-parameter-sets={s.sprop()}",
        "a=ts-refclk:local", "a=mediaclk:sender", "a=recvonly", f"a=control:{url}/stream=0?video=1",
        "a=framerate:30.000000", "a=transform:1.000000,0.000000,0.000000;0.000000,1.000000,0.000000;0.000000,0.000000,1.000000",
    ]
    length = sum(len(line) + 2 for line in sdp)
    lines = [
        f"$ curl -v --digest rtsp://viewer:{secret}@{host}/axis-media/media.amp",
        f"*   Trying {host}:554...", f"* Connected to {host} ({host}) port 554 (#0)", "* Server auth using Digest with user 'viewer'",
        f"> DESCRIBE {url} RTSP/1.0", "> CSeq: 1", "> Accept: application/sdp", ">",
        "< RTSP/1.0 401 Unauthorized", "< CSeq: 1", f'< WWW-Authenticate: Digest realm="{realm}", nonce="{nonce}", stale=FALSE',
        f"< {gst}", f"< {date}", "<", f"* Connection #0 to host {host} left intact",
        f"> DESCRIBE {url} RTSP/1.0", "> CSeq: 2", "> " + digest("viewer", realm, nonce, url), "> Accept: application/sdp", ">",
        "< RTSP/1.0 200 OK", "< CSeq: 2", "< Content-Type: application/sdp", f"< Content-Base: {url}/", f"< {gst}", f"< {date}",
        f"< Content-Length: {length}", "<",
    ] + sdp + [f"* Connection #0 to host {host} left intact"]
    return "".join(line + "\n" for line in lines)


DIALOGUES = {
    "rebrand-dialogue.txt": lambda: rebrand_dialogue(),
    "hikvision-dialogue.txt": lambda: hikvision_dialogue(),
    "look-alike.txt": look_alike,
    "relay.txt": relay,
    "only-401.txt": only_401,
    "software.txt": gst_software,
    "uniview.sdp": lambda: "".join(line + "\r\n" for line in uniview_sdp()),
    "tp-link.sdp": lambda: "".join(line + "\r\n" for line in tp_link_sdp()),
    "two-cameras.txt": two_cameras,
    "log-curl.txt": curl_log,
}
