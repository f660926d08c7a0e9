# SPDX-License-Identifier: LGPL-2.1-or-later
"""A time-stamping authority (RFC 3161) on the loopback interface, for tests: HTTP around `openssl ts -reply`."""
import http.server
import os
import subprocess
import threading

CONFIG = """[tsa]
default_tsa = tsa1
[tsa1]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make_authority(folder, name="Test", usage="critical,timeStamping"):
    """ca.pem, tsa.pem and their keys in `folder`."""
    at = lambda leaf: os.path.join(folder, leaf)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("ca.key"), "-out", at("ca.pem"),
            "-subj", f"/CN={name} time root", "-days", "3650")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("tsa.key"), "-out", at("tsa.csr"),
            "-subj", f"/CN={name} time authority")
    with open(at("tsa.ext"), "w", encoding="ascii") as f:
        f.write(f"extendedKeyUsage={usage}\nkeyUsage=critical,digitalSignature\n")
    openssl("x509", "-req", "-in", at("tsa.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "3650",
            "-extfile", at("tsa.ext"), "-out", at("tsa.pem"))
    with open(at("serial"), "w", encoding="ascii") as f:
        f.write("01\n")
    with open(at("tsa.cnf"), "w", encoding="ascii") as f:
        f.write(CONFIG.format(folder=folder))


class Authority:
    """`mode`: "good"; "replay" (always the first answer), "garbage", "error" (HTTP 500), "type", "long"."""

    def __init__(self, folder, **how):
        self.folder, self.mode, self.first, self.asked = folder, "good", None, []
        os.makedirs(folder, exist_ok=True)
        make_authority(folder, **how)
        authority = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                authority.asked.append(self.headers.get("Content-Type"))
                status, kind, answer = authority.answer(body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/tsa"

    @property
    def ca(self):
        return os.path.join(self.folder, "ca.pem")

    def reply(self, query):
        at = lambda leaf: os.path.join(self.folder, leaf)
        with open(at("query"), "wb") as f:
            f.write(query)
        openssl("ts", "-reply", "-config", at("tsa.cnf"), "-queryfile", at("query"), "-out", at("answer"))
        with open(at("answer"), "rb") as f:
            return f.read()

    def answer(self, query):
        kind = "application/timestamp-reply"
        if self.mode == "error":
            return 500, "text/plain", b"no"
        if self.mode == "garbage":
            return 200, kind, b"\x30\x03\x02\x01"
        if self.mode == "long":
            return 200, kind, b"\0" * (1 << 20)
        good = self.reply(query)
        self.first = self.first or good
        if self.mode == "type":
            return 200, "text/html", good
        return 200, kind, self.first if self.mode == "replay" else good

    def close(self):
        self.server.shutdown()
        self.server.server_close()
