# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rewrites the text of an RTSP dialogue or a session description (RFC 2326, RFC 4566): what a server says
becomes what a neutral one, gst-rtsp-server or libavformat says, or only its parameter sets stay.

Text is latin-1 here, so that each byte is one character and those that are kept come out as they were."""
import base64
import binascii
import re

import paramsets
from paramsets import H264, H265

METHODS = "OPTIONS|DESCRIBE|SETUP|PLAY|PAUSE|TEARDOWN|GET_PARAMETER|SET_PARAMETER|ANNOUNCE|RECORD|REDIRECT"
RESPONSE = re.compile(r"^(RTSP|HTTP)/(\d\.\d) +(\d{3})\b")
REQUEST = re.compile(rf"^({METHODS}) +\S.* RTSP/1\.\d\s*$")
# A response that lost its status line begins with one of these.
KNOWN_HEADER = re.compile(r"(?i)^(x-|cseq|date|server|session|public|transport|range|rtp-info|www-authenticate|user-agent|expires|pragma|"
                          r"cache-control|connection|content-\w+)[\w-]*[ \t]*:")
HEADER = re.compile(r"^([A-Za-z][\w-]*)[ \t]*:+[ \t]*(.*?)[ \t]*$")
SDP_LINE = re.compile(r"^[vosiuepcbtrzkam]=")
CONTINUATION = re.compile(r"^(?:[&?]\S*|[A-Za-z][\w-]+ ?=\S.*)$")
BASE64 = r"[A-Za-z0-9+/]+={0,2}"
HEX = r"(?:[0-9A-Fa-f]{2}(?: (?=[0-9A-Fa-f]{2}\b))?)+"
# Values of parameter sets wherever they stand: fmtp, caps of GStreamer, lines of their own.
SPROP = re.compile(rf"(?i)\b(sprop-(?:parameter-sets|vps|sps|pps|sei))( ?= ?(?:\(string\))?\\?\"?)((?:{BASE64}|\\?,|\\=| (?={BASE64},))+)")
NAMED = re.compile(rf"(?im)(?<![A-Za-z0-9/-])((?:sps|pps|vps|sei)[\w()\[\]\"'-]{{0,20}}[ \t]*[=:][ \t\"'<\[]*(?:0x)?)({HEX}(?![A-Za-z0-9+/=])|{BASE64})")
CONFIG = re.compile(r"(?i)\b(config=)((?:[0-9a-f]{2}){6,})")
VIDEO = ("H264", "H265")
SETS = ("vps", "sps", "pps", "sei")
# Encodings that a registry or a draft names; any other names its maker.
ENCODINGS = re.compile(r"(?i)^(H26[1-6].*|JPEG|MP4V-ES|MP2T|MPV|VP[89]|AV1|RAW|MPEG4-GENERIC|MP4A-LATM|MPA|AMR(-WB)?|PCM[AU]|G72\d.*|AAL2-G726.*|GSM|QCELP|"
                       r"L(8|16|24)|OPUS|SPEEX|DVI4|VND\.ONVIF\.METADATA)$")
ORDER = ("video", "audio", "application")

# --- what the neutral server says: invented, the same for every input --------------------------

HOST = "192.0.2.200"
URL = f"rtsp://{HOST}:554/live"
DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
SERVER = "Neutral/1.0"
REALM, NONCE = "private", "1a79a4d60de6718e8e5b326e338ae533aa"
SESSION = "7c4a8d09ca3762af61e5"
PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"
CHALLENGE = f'Digest realm="{REALM}", nonce="{NONCE}"'
LOGIN = f'Digest username="user", realm="{REALM}", nonce="{NONCE}", uri="{URL}", response="0cc175b9c0f1b6a831c399e269772661"'
TRANSPORT = "RTP/AVP/TCP;unicast;interleaved=0-1"
REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 451: "Parameter Not Understood", 453: "Not Enough Bandwidth", 454: "Session Not Found",
           455: "Method Not Valid In This State", 461: "Unsupported Transport", 500: "Internal Server Error", 501: "Not Implemented",
           503: "Service Unavailable", 505: "RTSP Version Not Supported", 551: "Option Not Supported"}
LAVF = "59.27.100"


# --- parameter sets in text ----------------------------------------------------------------------


def from_base64(token):
    token = token.replace("\\", "").strip().rstrip("=")
    if len(token) % 4 == 1:
        token = token[:-1]
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def to_base64(data):
    return base64.b64encode(data).decode()


def is_set(data):
    nals = paramsets.value_nals(data)
    return bool(nals) and len(nals[0]) >= 3 and paramsets.set_name(nals[0]) is not None


def named_value(text):
    """(bytes, is it hexadecimal) of `sps=…`; hexadecimal digits are base64 too: what gives a set is meant."""
    digits = text.replace(" ", "")
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", digits) and is_set(bytes.fromhex(digits)):
        return bytes.fromhex(digits), True
    data = from_base64(text)
    return (data, False) if is_set(data) else (b"", False)


def edit_tokens(tokens, edit):
    """Of a comma separated list, as written where nothing changes."""
    out = []
    for token in tokens.split(","):
        data = from_base64(token)
        new = paramsets.edit_value(data, edit) if data else data
        if new == data:
            out.append(token)
        elif new:
            out.append(to_base64(new).replace("=", "\\=") if "\\" in token else to_base64(new))
    return ",".join(out)


def edit_line(line, edit):
    """A line with every parameter set in it edited; None if the line held one alone and it went."""
    def sprop(m):
        new = edit_tokens(m.group(3), edit)
        return m.group(1) + m.group(2) + new if new or not m.group(3).strip(",") else "\0"

    def named(m):
        data, is_hex = named_value(m.group(2))
        new = paramsets.edit_value(data, edit) if data else data
        if new == data:
            return m.group()
        return "\0" if not new else m.group(1) + (new.hex() if is_hex else to_base64(new))

    def config(m):
        data = bytes.fromhex(m.group(2))
        if not data.startswith((b"\0\0\1", b"\0\0\0\1")) or not is_set(data):
            return m.group()
        new = paramsets.edit_value(data, edit)
        new = new.hex() if m.group(2).lower() == m.group(2) else new.hex().upper()
        return m.group(1) + new if new else "\0"

    line = CONFIG.sub(config, NAMED.sub(named, SPROP.sub(sprop, line)))
    if "\0" not in line:
        return line
    line = re.sub(r";[ \t]*\0|\0;?[ \t]*", "", line)
    return line if line.strip() else None


# --- the structure -------------------------------------------------------------------------------


class Message:
    """A request, a response, or what stands without a start line (start is None): the rest of a response,
    a session description by itself."""

    def __init__(self, first, start=None):
        self.first, self.start, self.headers, self.body, self.end = first, start, [], [], first
        self.response = RESPONSE.match(start) if start else None
        self.request = REQUEST.match(start) if start and not self.response else None
        self.method = self.request.group(1) if self.request else None

    def header(self, name):
        return next((value for n, value in self.headers if n.lower() == name.lower()), None)


class Document:
    """A text taken apart: `lines`, and `messages`, which own some of them; all others are logs."""

    def __init__(self, text):
        self.ending = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
        self.lines = text.split("\n")
        self.marks = any(re.match(r"< RTSP/", line) for line in self.lines)
        self.messages, self.strange = [], []
        at = 0
        while at < len(self.lines):
            at = self._next(at)
        self._assign()

    def content(self, i):
        """A line without its end and, in a log of curl -v, without its mark; None of curl's own words."""
        line = self.lines[i].rstrip("\r")
        if self.marks:
            if re.match(r"[*$]( |$)", line):
                return None
            if re.match(r"[<>]( |$)", line):
                return line[2:]
        return line

    def _starts(self, i):
        line = self.content(i)
        return line is not None and (RESPONSE.match(line) or REQUEST.match(line))

    def _next(self, at):
        line = self.content(at)
        if line is None:
            return at + 1
        if self._starts(at):
            message = Message(at, line)
            at = self._headers(message, at + 1)
        elif SDP_LINE.match(line):
            message = Message(at)
        elif KNOWN_HEADER.match(line):
            message = Message(at)
            at = self._headers(message, at)
        else:
            if re.search(r"RTSP/1\.\d +\d{3}\b|[\"'] *[am]=|\\r\\n", line):
                self.strange.append(at + 1)
            return at + 1
        message.end = self._body(message, at)
        self.messages.append(message)
        return message.end

    def _headers(self, message, at):
        while at < len(self.lines) and not self._starts(at):
            line = self.content(at)
            m = line is not None and HEADER.match(line)
            if m:
                message.headers.append((m.group(1), m.group(2)))
            elif line and line[0] in " \t":
                if message.headers and line.strip():
                    name, value = message.headers[-1]
                    message.headers[-1] = (name, value + " " + line.strip())
            else:
                break
            at += 1
        return at

    def _body(self, message, at):
        """Lines of a session description from `at` on; blank lines inside of it do not end it. Returns where
        the message ends: behind the blank line after the headers, or behind the body."""
        end = at
        if message.end != at and at < len(self.lines) and self.content(at) is not None and not self.content(at).strip():
            end = at = at + 1
        if message.response and int(message.response.group(3)) >= 300 or message.request and not message.header("Content-Type"):
            return end
        while at < len(self.lines) and not self._starts(at):
            line = self.content(at)
            if line is None:
                break
            if not line.strip():
                at += 1
                continue
            if SDP_LINE.match(line) and not (line.startswith("v=") and message.body):
                message.body.append(line)
            elif message.body and at == end and CONTINUATION.match(line) and not NAMED.match(line):
                message.body[-1] += line
            else:
                break
            at += 1
            end = at
        return end

    def _assign(self):
        """Which request a response answers: by CSeq, by order, by its headers."""
        pending, last = {}, None
        for m in self.messages:
            if m.request:
                last = m.method
                pending[m.header("CSeq")] = m.method
            elif m.response or m.headers:
                m.method = pending.get(m.header("CSeq")) or self._inferred(m) or last

    @staticmethod
    def _inferred(m):
        if m.body or "sdp" in (m.header("Content-Type") or ""):
            return "DESCRIBE"
        for name, method in (("Public", "OPTIONS"), ("Content-Base", "DESCRIBE"), ("Transport", "SETUP"), ("RTP-Info", "PLAY"),
                             ("Media-Properties", "SETUP"), ("Range", "PLAY")):
            if m.header(name) is not None:
                return method
        return None

    def replaced(self, write):
        """The text with every message replaced by the lines that `write` gives."""
        out, at = [], 0
        for m in self.messages:
            out += self.lines[at:m.first]
            out += [line + self.ending[:-1] for line in write(m)]
            at = m.end
        return "\n".join(out + self.lines[at:])


# --- session descriptions ------------------------------------------------------------------------


class Section:
    def __init__(self, media):
        words = media.split()
        self.kind = words[0].lower().split("/")[0] if words else ""
        self.formats = [w for w in words[3:] if w.isdigit()]
        self.rtpmaps, self.fmtps, self.bandwidth = [], [], None

    def add(self, line):
        m = re.match(r"a=(rtpmap|fmtp) ?: ?(\d+)[ \t]+(.*)$", line)
        if m:
            (self.rtpmaps if m.group(1) == "rtpmap" else self.fmtps).append((m.group(2), m.group(3).strip()))
        elif line.startswith("a=fmtp:") or re.search(r"(?i)\bsprop-\w+", line):
            self.fmtps.append(("", line.split(":", 1)[-1].strip()))
        elif line.startswith("b=AS:"):
            self.bandwidth = line.strip()

    def encoding(self, payload):
        text = next((t for p, t in self.rtpmaps if p == payload), "")
        return text.split("/")[0].strip().upper()

    def payloads(self):
        """In the order of m=; of rtpmap where m= names none."""
        return self.formats or [p for p, _ in self.rtpmaps]

    def parameters(self, payload):
        """Of an fmtp; one that names another payload type than the only one there is belongs to it."""
        own = [t for p, t in self.fmtps if p == payload]
        return ";".join(own or ([t for _, t in self.fmtps] if len(self.payloads()) < 2 else []))

    def codec(self):
        """Encoding of the first payload type that has one, else what its parameters tell."""
        name = next((self.encoding(p) for p in self.payloads() if self.encoding(p)), "")
        if not name and self.kind == "video":
            text = ";".join(t for _, t in self.fmtps)
            name = "H265" if "sprop-vps" in text else "H264" if "sprop-parameter-sets" in text else ""
        return name


class Session:
    """What of a session description says what the media are."""

    def __init__(self, body):
        self.sections, self.tool = [], ""
        bare = not any(line.startswith("m=") for line in body)
        section = Section("video 0 RTP/AVP") if bare and any(re.match(r"a=(rtpmap|fmtp)", line) for line in body) else None
        if section:
            self.sections.append(section)
        for line in body:
            if line.startswith("m="):
                section = Section(line[2:])
                self.sections.append(section)
            elif section:
                section.add(line)
            if line.startswith("a=tool:"):
                self.tool = line[7:]
        if not any(s.fmtps for s in self.sections):
            # fmtp before the first m=: one video is meant
            session_level = [line for line in body if line.startswith("a=fmtp")]
            videos = [s for s in self.sections if s.kind == "video"]
            for line in session_level if videos else []:
                videos[0].add(line)


def field(parameters, name):
    m = re.search(rf"(?i)(?:^|[;\s]){name}\s*=\s*([^;\s]*)", parameters)
    return m.group(1) if m else None


def tokens_of(parameters):
    """(name of the set or None, token) for each value as written."""
    out = []
    for m in SPROP.finditer(parameters):
        for token in re.split(r"\\?,", m.group(3)):
            if token.strip():
                nals = paramsets.value_nals(from_base64(token))
                out.append((paramsets.set_name(nals[0]) if nals else None, token.strip()))
    if not out:
        config = CONFIG.search(parameters)
        data = bytes.fromhex(config.group(2)) if config else b""
        if data.startswith((b"\0\0\1", b"\0\0\0\1")):
            out = [(paramsets.set_name(n), to_base64(n)) for n in paramsets.value_nals(data)]
    return out


def first_sps(tokens):
    for name, token in tokens:
        for nal in paramsets.value_nals(from_base64(token)) if name else ():
            if paramsets.set_name(nal) == "sps" and not paramsets.is_265(nal) and len(nal) > 3:
                return nal
    return None


def normal(tokens):
    """Each NAL unit a value of its own, without start codes and zeros, as a parser hands them on."""
    out = []
    for name, token in tokens:
        for nal in paramsets.value_nals(from_base64(token)) if name else ():
            if paramsets.set_name(nal) in ("vps", "sps", "pps"):
                out.append((paramsets.set_name(nal), to_base64(nal)))
    return list(dict.fromkeys(out))


def sprops_265(tokens, separator, sei=False):
    names = ("vps", "sps", "pps") + (("sei",) if sei else ())
    return separator.join(f"sprop-{n}=" + ",".join(t for name, t in tokens if name == n) for n in names if any(name == n for name, _ in tokens))


def generic_fmtp(encoding, parameters):
    """Of a codec that is not ours: what a decoder needs."""
    config = field(parameters, "config")
    if encoding == "MPEG4-GENERIC" and config:
        return f"streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config={config}"
    if encoding in ("MP4V-ES", "MP4A-LATM") and config:
        return f"profile-level-id=1;config={config}"
    return "octet-align=1" if encoding.startswith("AMR") else ""


def neutral_fmtp(encoding, parameters, guessed):
    tokens = tokens_of(parameters)
    if encoding == "H265":
        return sprops_265(tokens, ";", sei=True)
    if encoding != "H264":
        return generic_fmtp(encoding, parameters)
    if not tokens and guessed:
        return ""
    sps = first_sps(tokens)
    parts = ["packetization-mode=1"]
    if sps:
        parts.append("profile-level-id=" + sps[1:4].hex().upper())
    if tokens:
        parts.append("sprop-parameter-sets=" + ",".join(t for _, t in tokens))
    return ";".join(parts)


def neutral_sdp(body):
    lines = ["v=0", f"o=- 3976214400 1 IN IP4 {HOST}", "s=Stream", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*"]
    sections = [s for s in map(public_section, Session(body).sections) if s]
    for n, s in enumerate(sorted(sections, key=lambda s: ORDER.index(s.kind)), 1):
        lines.append(f"m={s.kind} 0 RTP/AVP " + " ".join(s.formats))
        lines += [f"a=rtpmap:{p} {t}" for p, t in s.rtpmaps]
        for p in s.formats:
            text = neutral_fmtp(s.encoding(p) or s.codec(), s.parameters(p), guessed=not s.encoding(p))
            if text:
                lines.append(f"a=fmtp:{p} {text}")
        lines.append(f"a=control:media{n}")
    return lines


def public_section(s):
    """Without what is private; None if nothing stays: a private track names its maker."""
    private = {p for p, _ in s.rtpmaps if not ENCODINGS.match(s.encoding(p))}
    s.formats = [p for p in dict.fromkeys(s.payloads()) if p not in private]
    s.rtpmaps = [(p, t) for p, t in s.rtpmaps if p not in private]
    if any(s.encoding(p) == "VND.ONVIF.METADATA" for p in s.formats):
        s.kind = "application"
    if s.kind not in ORDER or s.kind == "application" and not s.rtpmaps or private and not s.formats:
        return None
    s.formats = s.formats or ["96" if s.kind == "video" else "0"]
    return s


# --- messages of the neutral server ----------------------------------------------------------------


def wire_length(body):
    return sum(len(line) + 2 for line in body)


class Neutral:
    def __init__(self, document):
        self.document, self.answers = document, 0

    def write(self, m):
        body = neutral_sdp(m.body) if m.body else []
        if m.start is None and not m.headers:
            return body
        lines = self.request(m, body) if m.request else self.response(m, body)
        if self.document.marks:
            mark = "> " if m.request else "< "
            lines = [mark + line for line in lines] + [mark.strip()]
        else:
            lines.append("")
        return lines + body

    def request(self, m, body):
        lines = [m.start.rstrip()]
        for name, value in m.headers:
            low = name.lower()
            if low == "cseq":
                lines.append(f"CSeq: {value}")
            elif low == "user-agent":
                lines.append(f"User-Agent: {SERVER}")
            elif low == "authorization":
                lines.append(f"Authorization: {LOGIN}")
            elif low == "session":
                lines.append(f"Session: {SESSION}")
            elif low == "content-length":
                lines.append(f"Content-Length: {wire_length(body) if body else value}")
            elif low in ("accept", "transport", "range", "content-type", "require"):
                lines.append(f"{name}: {value}")
        return lines

    def response(self, m, body):
        protocol, version, code = m.response.groups() if m.response else ("RTSP", "1.0", 401 if m.header("WWW-Authenticate") else 200)
        code = int(code)
        self.answers += 1
        lines = [f"{protocol}/{version} {code} " + REASONS.get(code, "OK" if code < 300 else "Error")] if m.response else []
        if protocol == "RTSP":
            number = re.match(r"\d+", m.header("CSeq") or "")
            lines.append(f"CSeq: {number.group() if number else self.answers}")
        lines += [f"Date: {DATE}", f"Server: {SERVER}"]
        if code == 401:
            lines.append(f"WWW-Authenticate: {CHALLENGE}")
        elif code >= 300:
            pass
        elif body or m.method == "DESCRIBE":
            lines.append(f"Content-Base: {URL}/")
            lines.append("Content-Type: application/sdp")
            if body:
                lines.append(f"Content-Length: {wire_length(body)}")
        elif m.method == "OPTIONS":
            lines.append(f"Public: {PUBLIC}")
        elif m.method == "SETUP":
            lines += [f"Session: {SESSION};timeout=60", f"Transport: {TRANSPORT}"]
        elif m.method == "PLAY":
            lines += [f"Session: {SESSION}", "Range: npt=0.000-", f"RTP-Info: url={URL}/media1;seq=1;rtptime=0"]
        elif m.header("Session"):
            lines.append(f"Session: {SESSION}")
        return lines


BARE_FMTP = re.compile(r"(?i)^(fmtp=|profile-level-id=|packetization-mode=|sprop-)")


def neutral_bare(line):
    """A line of fmtp that stands without a session description; None if nothing of it stays."""
    end = "\r" if line.endswith("\r") else ""
    text = line.rstrip("\r")
    if not BARE_FMTP.match(text):
        return line
    tokens = tokens_of(text)
    if not tokens:
        return None
    names = {name for name, _ in tokens}
    codec_265 = "vps" in names or any(paramsets.is_265(n) for _, t in tokens for n in paramsets.value_nals(from_base64(t)))
    return (sprops_265(tokens, ";", sei=True) if codec_265 else "sprop-parameter-sets=" + ",".join(t for _, t in tokens)) + end


# --- the kinds -------------------------------------------------------------------------------------


def text_kind(text):
    document = Document(text)
    out = document.replaced(Neutral(document).write)
    if not document.messages:
        out = "\n".join(line for line in map(neutral_bare, out.split("\n")) if line is not None)
    if not out.strip():
        return None, "no parameter set is in it, and all else is the server's text"
    why = []
    if not document.messages and out == text:
        why.append("no dialogue and no session description in it")
    if document.strange:
        why.append("kept as a log, though it may quote a dialogue: line " + ", ".join(map(str, document.strange[:5])))
    return out, "; ".join(why)


def all_tokens(text):
    """Groups of (name, bytes): one a media section, or a run of lines outside of one, which a blank line ends."""
    document, groups, at = Document(text), [], 0
    for m in document.messages + [None]:
        groups.append([])
        for line in document.lines[at:m.first if m else len(document.lines)]:
            if not line.strip():
                groups.append([])
            groups[-1] += [from_base64(t) for _, t in tokens_of(line)]
            groups[-1] += [named_value(x.group(2))[0] for x in NAMED.finditer(SPROP.sub("", line))]
        if m:
            groups += [[from_base64(t) for _, t in tokens_of(";".join(t for _, t in s.fmtps))] for s in Session(m.body).sections] if m.body else []
            at = m.end
    out = []
    for group in groups:
        named = [(paramsets.set_name(paramsets.value_nals(data)[0]), data) for data in dict.fromkeys(group) if is_set(data)]
        named.sort(key=lambda one: SETS.index(one[0]))
        if named and named not in out:
            out.append(named)
    return out, document


def dialogue_kind(text):
    groups, document = all_tokens(text)
    if not groups:
        return None, "no parameter set is in it"
    texts = ["".join(f"{name}={data.hex()}\n" for name, data in group) for group in groups]
    return "\n".join(texts), "" if document.messages else "parameter sets alone"


def edit_kind(text, edit):
    """Every parameter set edited where it stands; Content-Length follows."""
    document = Document(text)
    lines = [edit_line(line, edit) for line in document.lines]
    for m in document.messages:
        place = next((i for i in range(m.first, m.end) if re.match(r"(?i)(?:[<>] )?content-length[ \t]*:", document.lines[i])), None)
        delta = sum((len(lines[i]) if lines[i] is not None else -2) - len(document.lines[i]) for i in range(m.first, m.end))
        if place is not None and m.body and delta:
            lines[place] = re.sub(r"(:[ \t]*)(\d+)", lambda x: x.group(1) + str(max(0, int(x.group(2)) + delta)), lines[place], count=1)
    return "\n".join(line for line in lines if line is not None)


class Normalise:
    """As a parser hands a parameter set on."""

    trims = True

    def __call__(self, codec, nal):
        return nal


def normal_lines(text):
    """Bare parameter sets: each NAL unit a value of its own."""
    def named(m):
        data, is_hex = named_value(m.group(2))
        nals = paramsets.value_nals(data)
        if len(nals) != 1 or nals[0] == data:
            return m.group()
        return m.group(1) + (nals[0].hex() if is_hex else to_base64(nals[0]))
    def sprop(m):
        tokens = normal(tokens_of(m.group()))
        return m.group(1) + m.group(2) + ",".join(t for _, t in tokens) if tokens else m.group()

    lines = (neutral_bare(line) for line in text.split("\n"))
    return "\n".join(SPROP.sub(sprop, NAMED.sub(named, line)) for line in lines if line is not None)


def described(text):
    """(sections, document, tool): what a relay has before it. Of several descriptions that with the most
    parameter sets; bare parameter sets make a section of their own."""
    groups, document = all_tokens(text)
    best, most, tool = [], -1, ""
    for m in document.messages:
        session = Session(m.body)
        count = sum(len(tokens_of(t)) for s in session.sections for _, t in s.fmtps)
        if m.body and count > most and session.sections:
            best, most, tool = session.sections, count, session.tool
    if not best and groups:
        sets = groups[0]
        is_265 = any(paramsets.is_265(n) for _, data in sets for n in paramsets.value_nals(data))
        section = Section("video 0 RTP/AVP 96")
        section.rtpmaps = [("96", "H265/90000" if is_265 else "H264/90000")]
        section.fmtps = [("96", sprops_265([(n, to_base64(d)) for n, d in sets], ";") if is_265
                          else "sprop-parameter-sets=" + ",".join(to_base64(d) for _, d in sets))]
        best = [section]
    return best, document, tool


def lavf_media(s, number, first_payload, tool, control):
    codec, payload = s.codec(), str(first_payload + number)
    rtpmap = next((t for p, t in s.rtpmaps if t.split("/")[0].strip().upper() == codec), "")
    lines = []
    if s.kind == "video" and codec in VIDEO:
        tokens = normal(tokens_of(";".join(t for _, t in s.fmtps)))
        lines = [f"m=video 0 RTP/AVP {payload}", f"a=rtpmap:{payload} {codec}/90000"]
        if codec == "H265":
            fmtp = sprops_265(tokens, "; ")
        else:
            sps = first_sps(tokens)
            fmtp = "packetization-mode=1" + ("; sprop-parameter-sets=" + ",".join(t for _, t in tokens) if tokens else "")
            fmtp += "; profile-level-id=" + sps[1:4].hex().upper() if sps else ""
        lines += [f"a=fmtp:{payload} {fmtp}"] if fmtp else []
    elif s.kind == "audio" and codec == "MPEG4-GENERIC":
        config = field(";".join(t for _, t in s.fmtps), "config")
        lines = [f"m=audio 0 RTP/AVP {payload}", f"a=rtpmap:{payload} MPEG4-GENERIC/" + rtpmap.split("/", 1)[-1]]
        lines += [f"a=fmtp:{payload} profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3; config={config}"] if config else []
    elif s.kind == "audio" and (s.payloads()[:1] in (["0"], ["8"]) or codec in ("PCMU", "PCMA")):
        # RFC 3551 gives these a payload type, and so needs no rtpmap.
        lines = [f"m=audio 0 RTP/AVP {'8' if codec == 'PCMA' or s.payloads()[:1] == ['8'] else '0'}", "b=AS:64"]
    if lines and s.bandwidth and tool.startswith("libavformat") and not any(line.startswith("b=") for line in lines):
        lines.insert(1, s.bandwidth)
    return lines + [f"a=control:streamid={number}"] if lines and control else lines


def lavf_sdp(sections, tool, control):
    lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=No Name", f"c=IN IP4 {HOST}", "t=0 0", f"a=tool:libavformat {LAVF}"]
    number = 0
    for s in sections:
        media = lavf_media(s, number, 96, tool, control)
        number += bool(media)
        lines += media
    return lines if number else []


def spoken(document):
    return any(m.start or m.headers for m in document.messages)


def ended(lines, ending):
    return ending.join(lines) + ending


def remux_kind(text):
    sections, document, tool = described(text)
    if not document.messages:
        out = normal_lines(text)
        return (out, "no session description to write") if out.strip() else (None, "no parameter set is in it")
    sdp = lavf_sdp(sections, tool, control=False)
    if not sdp:
        return None, "no session description of a video that FFmpeg would copy"
    return ended(sdp, document.ending), ""


def relay_ffmpeg_kind(text):
    sections, document, tool = described(text)
    sdp = lavf_sdp(sections, tool, control=True)
    if not sdp:
        return None, "no session description of a video that FFmpeg would relay"
    if not spoken(document):
        return ended(sdp, document.ending), ""
    return ended(announce(sdp), document.ending), ""


def announce(sdp):
    return [f"OPTIONS {URL} RTSP/1.0", "CSeq: 1", f"User-Agent: Lavf{LAVF}", "", f"ANNOUNCE {URL} RTSP/1.0", "Content-Type: application/sdp", "CSeq: 2",
            f"User-Agent: Lavf{LAVF}", f"Content-Length: {wire_length(sdp)}", "", *sdp]


def gst_rate(tokens):
    sps = first_sps(tokens)
    ticks = paramsets.timing(sps) if sps else None
    if not ticks or not ticks[0] or not ticks[1]:
        return []
    rate = ticks[1] / (2 * ticks[0])
    return [f"a=framerate:{rate:.6g}"] if 1 <= rate <= 240 else []


def gst_sdp(sections):
    lines = ["v=0", f"o=- 5577006791947779410 1 IN IP4 {HOST}", "s=Session streamed with GStreamer", "i=rtsp-server", "t=0 0", "a=tool:GStreamer",
             "a=type:broadcast", "a=control:*", "a=range:npt=now-"]
    s = next((s for s in sections if s.kind == "video" and s.codec() in VIDEO), None)
    if not s:
        return []
    tokens = normal(tokens_of(";".join(t for _, t in s.fmtps)))
    lines += ["m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", f"a=rtpmap:96 {s.codec()}/90000", *gst_rate(tokens)]
    if s.codec() == "H265":
        fmtp = sprops_265(tokens, ";")
    else:
        sps = first_sps(tokens)
        fmtp = "packetization-mode=1" + (";sprop-parameter-sets=" + ",".join(t for _, t in tokens) if tokens else "")
        fmtp += (";profile-level-id=" + sps[1:4].hex() if sps else "") + ";level-asymmetry-allowed=1"
    lines += [f"a=fmtp:96 {fmtp}"] if fmtp else []
    return lines + ["a=control:stream=0", "a=ts-refclk:local", "a=mediaclk:sender", "a=ssrc:1234567890 cname:user1234567890@host-01234567"]


def relay_gstreamer_kind(text):
    sections, document, _ = described(text)
    sdp = gst_sdp(sections)
    if not sdp:
        return None, "no session description of H.264 or H.265 that GStreamer would relay"
    if not spoken(document):
        return ended(sdp, document.ending), ""
    public = "OPTIONS, DESCRIBE, ANNOUNCE, GET_PARAMETER, PAUSE, PLAY, RECORD, SETUP, SET_PARAMETER, TEARDOWN"
    lines = ["RTSP/1.0 200 OK", "CSeq: 1", f"Public: {public}", "Server: GStreamer RTSP server", f"Date: {DATE}", "", "RTSP/1.0 200 OK", "CSeq: 2",
             "Content-Type: application/sdp", f"Content-Base: {URL}/", "Server: GStreamer RTSP server", f"Date: {DATE}", f"Content-Length: {wire_length(sdp)}", "", *sdp]
    return ended(lines, document.ending), ""
