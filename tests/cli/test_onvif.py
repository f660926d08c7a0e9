#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--onvif: what a device claims to be becomes the label, and never evidence; devices that answer
badly, slowly, endlessly or with traps cost a message and exit code 69."""
import base64
import hashlib
import http.server
import os
import re
import tempfile
import threading
import time

from cameras import fake_cameras
from ulcli import Checks, run, sample

USER, PASSWORD = "admin", "correct horse"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
SCHEMA = "http://www.onvif.org/ver10/schema"
DEVICE_TIME = (2011, 3, 4, 5, 6, 7)
checks = Checks()


def envelope(body, head=""):
    return f'{head}<e:Envelope xmlns:e="{SOAP}"><e:Body>{body}</e:Body></e:Envelope>'.encode()


def information(manufacturer="Lorex", prefix="q"):
    p = prefix
    return (f'<{p}:GetDeviceInformationResponse xmlns:{p}="{DEVICE}"><{p}:Manufacturer> {manufacturer} </{p}:Manufacturer><{p}:Model>LNB-1</{p}:Model>'
            f"<{p}:FirmwareVersion>2.8</{p}:FirmwareVersion><{p}:SerialNumber>SECRETSERIAL</{p}:SerialNumber><{p}:HardwareId>HWID</{p}:HardwareId>"
            f"</{p}:GetDeviceInformationResponse>")


def fault(text):
    return f'<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text xml:lang="en">{text}</e:Text></e:Reason></e:Fault>'


class Device(http.server.BaseHTTPRequestHandler):
    """The path is what goes wrong."""
    protocol_version = "HTTP/1.1"
    seen = []
    last_token_held = False

    def log_message(self, *_):
        pass

    def answer(self, status, body, *headers):
        self.send_response(status)
        self.send_header("Content-Type", "application/soap+xml")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def token_holds(self, request):
        m = re.search(r"<w:Username>(.*?)</w:Username><w:Password [^>]*>(.*?)</w:Password><w:Nonce [^>]*>(.*?)</w:Nonce>"
                      r"<u:Created>(.*?)</u:Created>", request)
        if not m:
            return False
        user, digest, nonce, created = m.groups()
        wanted = base64.b64encode(hashlib.sha1(base64.b64decode(nonce) + created.encode() + PASSWORD.encode()).digest()).decode()
        return user == USER and digest == wanted and created.startswith("2011-03-04T05:06:")

    def digest_holds(self):
        values = dict(re.findall(r'(\w+)="?([^",]*)"?', self.headers.get("Authorization", "")))
        md5 = lambda text: hashlib.md5(text.encode()).hexdigest()
        return values.get("response") == md5(f"{md5(f'{USER}:r:{PASSWORD}')}:{values.get('nonce')}:{md5('POST:' + self.path)}")

    def do_POST(self):
        request = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        Device.seen.append((self.path, request, self.headers.get("Authorization", "")))
        if "GetSystemDateAndTime" in request:
            year, month, day, hour, minute, second = DEVICE_TIME
            self.answer(200, envelope(
                f'<d:GetSystemDateAndTimeResponse xmlns:d="{DEVICE}" xmlns:t="{SCHEMA}"><d:SystemDateAndTime><t:UTCDateTime>'
                f"<t:Time><t:Hour>{hour}</t:Hour><t:Minute>{minute}</t:Minute><t:Second>{second}</t:Second></t:Time>"
                f"<t:Date><t:Year>{year}</t:Year><t:Month>{month}</t:Month><t:Day>{day}</t:Day></t:Date>"
                f"</t:UTCDateTime></d:SystemDateAndTime></d:GetSystemDateAndTimeResponse>"))
            return
        getattr(self, "do_" + self.path.split("/")[1])(request)

    def do_onvif(self, _):
        self.answer(200, envelope(information()))

    def do_axis(self, _):
        self.answer(200, envelope(information("AXIS", "x")))

    def do_default(self, _):
        self.answer(200, f'<Envelope xmlns="{SOAP}"><Body><GetDeviceInformationResponse xmlns="{DEVICE}"><Manufacturer>Dahua</Manufacturer>'
                    '</GetDeviceInformationResponse></Body></Envelope>'.encode())

    def do_token(self, request):
        Device.last_token_held = self.token_holds(request)
        if Device.last_token_held:
            self.answer(200, envelope(information()))
        else:
            self.answer(400, envelope(fault("Sender not authorized")))

    def do_digest(self, _):
        if self.digest_holds():
            self.answer(200, envelope(information()))
        else:
            self.answer(401, b"", ("WWW-Authenticate", 'Digest realm="r", nonce="n0nce"'))

    def do_basic(self, _):
        self.answer(401, b"", ("WWW-Authenticate", 'Basic realm="r"'))

    def do_fault(self, _):
        self.answer(500, envelope(fault("Action failed for user:pa55word@nobody")))

    def do_garbage(self, _):
        self.answer(200, b"<<<\0\xff not xml")

    def do_empty(self, _):
        self.answer(200, b"")

    def do_foreign(self, _):
        self.answer(200, envelope(information()).replace(DEVICE.encode(), b"urn:other"))

    def do_laughs(self, _):
        entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
        self.answer(200, envelope(information("&a9;"), f"<!DOCTYPE e [{entities}]>"))

    def do_external(self, _):
        self.answer(200, envelope(information("&x;"), f'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/hostname">'
                                  f'<!ENTITY % y SYSTEM "{BASE}/fetched">%y;]>'))

    def do_deep(self, _):
        self.answer(200, envelope("<a>" * 20000 + "</a>" * 20000))

    def do_huge(self, _):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(4096):
                self.wfile.write(b" " * 65536)
        except OSError:
            pass
        self.close_connection = True

    def do_announced(self, _):
        self.send_response(200)
        self.send_header("Content-Length", str(4 << 30))
        self.end_headers()
        self.close_connection = True

    def do_slow(self, _):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(b" ")
                time.sleep(0.1)
        except OSError:
            pass
        self.close_connection = True

    def do_elsewhere(self, _):
        self.answer(302, b"", ("Location", BASE + "/redirected"))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Device)
BASE = f"http://127.0.0.1:{server.server_address[1]}"
threading.Thread(target=server.serve_forever, daemon=True).start()
VIDEO = sample("dahua-like.sdp") if os.path.exists(sample("dahua-like.sdp")) else sample(sorted(
    name for name in os.listdir(os.path.dirname(sample("x"))) if name.endswith((".sdp", ".txt", ".rtsp")))[0])
PROXY = {"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}


def ask(path, *arguments):
    Device.seen.clear()
    return run("inspect", "--json", "--timeout", "1", "--onvif-url", BASE + path, *arguments, VIDEO, env=PROXY)


def refused(path, words, *arguments, seconds=4):
    result = ask(path, *arguments)
    checks.code(result, 69, path)
    checks.that(words in result.errors(), f"{path}: says '{words}'", result.errors())
    checks.that(result.seconds < seconds, f"{path}: in time", result.seconds)
    checks.that("claim" not in result.json() and result.json()["label"] is None, f"{path}: the rest of the report is there, without a claim")
    checks.that(PASSWORD not in result.errors(), f"{path}: no password", result.errors())
    return result


plain = run("inspect", "--json", VIDEO).json()
result = ask("/onvif/device_service")
checks.code(result, (0, 1), "an open device")
report = result.json()
checks.equal(report["claim"], {"manufacturer": "Lorex", "model": "LNB-1", "firmware": "2.8"}, "claim")
checks.equal(report["label"]["claimed"], "Lorex", "the claim is the label")
checks.equal(report["answers"], plain["answers"], "a claim is no evidence")
checks.equal(report["observations"], plain["observations"], "and no observation")
checks.that(b"SECRETSERIAL" not in result.out and b"HWID" not in result.out, "neither serial number nor hardware id")

report = ask("/onvif/device_service", "--claimed", "Axis").json()
checks.equal(report["label"]["claimed"], "Axis", "--claimed goes first")
checks.equal(report["claim"]["manufacturer"], "Lorex", "and the claim stands beside it")
checks.equal(ask("/axis").json()["label"]["claimed"], "AXIS", "another prefix")
checks.equal(ask("/default").json()["claim"], {"manufacturer": "Dahua", "model": None, "firmware": None}, "default namespaces, few members")
text = run("inspect", "--onvif-url", BASE + "/onvif", VIDEO, env=PROXY).text()
checks.that("the device says of itself: Lorex" in " ".join(text.split()), "in the text", text)

with tempfile.NamedTemporaryFile("w") as password:
    password.write(PASSWORD + "\n")
    password.flush()
    login = ("--username", USER, "--password-file", password.name)
    for path in ("/token", "/digest"):
        result = ask(path, *login)
        checks.code(result, (0, 1), path + " with a login")
        checks.equal(result.json().get("claim", {}).get("manufacturer"), "Lorex", path + ": claim")
        checks.that(all(PASSWORD not in body and PASSWORD not in head and "Basic" not in head for _, body, head in Device.seen),
                    path + ": the password is not sent")
    result = run("inspect", "--json", "--onvif-url", BASE.replace("//", f"//{USER}:correct%20horse@") + "/token", VIDEO, env=PROXY)
    checks.equal(result.json().get("claim", {}).get("manufacturer"), "Lorex", "a login in the URL")
    checks.that(b"horse" not in result.out + result.err, "which no output shows")
    refused("/basic", "the login is refused", *login)
    checks.that(all("Basic" not in head for _, _, head in Device.seen), "no Basic")
    refused("/elsewhere", "redirects", *login)
    checks.that(all(path != "/redirected" for path, _, _ in Device.seen), "no redirect is followed")


# A login goes to the host it was given for; the camera's is 127.0.0.1.
WRONG = "wr0ng"
other_server = Server(("127.0.0.2", 0), Device)
OTHER = f"http://127.0.0.2:{other_server.server_address[1]}"
threading.Thread(target=other_server.serve_forever, daemon=True).start()


def with_login(url, user=USER, password=PASSWORD):
    return url.replace("//", f"//{user}{':' + password.replace(' ', '%20') if password else ''}@")


def name_sent(camera, url, what, *arguments):
    """The user of the tokens that the device was sent, None without one."""
    Device.seen.clear()
    result = run("inspect", "--json", "--timeout", "1", "--duration", "0", "--onvif-url", url, *arguments, camera, env=PROXY)
    output = result.text() + result.errors()
    checks.that(all(word not in output for word in ("horse", WRONG, "viewer", USER)), what + ": no login comes out", output[:1000])
    names = {name for _, body, _ in Device.seen for name in re.findall("<w:Username>(.*?)</w:Username>", body)}
    checks.that(Device.seen and len(names) < 2, what + ": the device is asked, as one user", names)
    sent = " ".join(path + body + head for path, body, head in Device.seen)
    checks.that("horse" not in sent and WRONG not in sent, what + ": no password is sent", sent)
    return next(iter(names), None), Device.last_token_held


with tempfile.NamedTemporaryFile("w") as password, fake_cameras(VIDEO) as urls:
    password.write(PASSWORD + "\n")
    password.flush()
    open_camera = urls[0] + "/"
    file, options = ("--password-file", password.name), ("--username", USER, "--password-file", password.name)
    camera, foreign = with_login(open_camera), with_login(open_camera, "viewer", WRONG)
    for what, camera_url, url, arguments, wanted in (
            ("the camera's login on its host, another port", camera, BASE, (), (USER, True)),
            ("the camera's login and another host", camera, OTHER, (), (None, False)),
            ("the camera's login, another host, and options", foreign, OTHER, options, (USER, True)),
            ("the camera's login before the options", foreign, BASE, options, ("viewer", False)),
            ("the login of the ONVIF URL on another host", foreign, with_login(OTHER), (), (USER, True)),
            ("the login of the ONVIF URL on the same host", foreign, with_login(BASE), (), (USER, True)),
            ("the login of the ONVIF URL before the options", foreign, with_login(BASE, "viewer", WRONG), options, ("viewer", False)),
            ("a name in the ONVIF URL, a password out of a file", foreign, with_login(OTHER, USER, None), file, (USER, True)),
            ("a name in the ONVIF URL takes no password of the camera's", foreign, with_login(BASE, USER, None), (), (None, False)),
            ("a name in the camera's URL, a password out of a file", with_login(open_camera, USER, None), BASE, file, (USER, True)),
            ("options alone", open_camera, OTHER, options, (USER, True))):
        checks.equal(name_sent(camera_url, url + "/token", what, *arguments), wanted, what)
other_server.shutdown()
other_server.server_close()

refused("/token", "Sender not authorized")
refused("/digest", "asks for a login")
result = refused("/fault", "Action failed")
refused("/garbage", "no XML")
refused("/empty", "no XML")
refused("/foreign", "no GetDeviceInformationResponse")
result = refused("/laughs", "no XML")
checks.that(result.peak_kib < 200_000, "billion laughs: memory", result.peak_kib)
refused("/external", "no XML")
checks.that(all(path != "/fetched" for path, _, _ in Device.seen), "no entity is fetched")
refused("/deep", "no")
result = refused("/huge", "longer than 256 KiB")
checks.that(result.peak_kib < 200_000, "huge: memory", result.peak_kib)
refused("/announced", "longer than 256 KiB")
refused("/slow", "timed out", seconds=6)
server.shutdown()
server.server_close()
refused("/onvif", "127.0.0.1")

checks.code(run("inspect", "--onvif", VIDEO), 64, "--onvif without a camera")
checks.code(run("inspect", "--onvif-url", "ftp://x/", VIDEO), 64, "another scheme")
checks.code(run("inspect", "--onvif-url", BASE, VIDEO, VIDEO), 64, "one device, two inputs")
checks.done()
