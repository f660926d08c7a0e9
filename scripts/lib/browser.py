# SPDX-License-Identifier: LGPL-2.1-or-later
"""A headless Chromium driven over the DevTools protocol: opens a page, looks at it, takes pictures, prints it.

    with Browser() as browser:
        page = browser.page(width=1280, height=800)
        page.open("report.html")
        page.media(scheme="dark")
        page.screenshot("report.png")

The protocol runs over two pipes (messages end in NUL), so that there is no port, no library and no other
process that could listen in; when this process goes, the browser sees the pipe's end and goes too.  One
thread: events are taken in while an answer is waited for.  The browser resolves no host but this one."""
import base64
import contextlib
import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
import urllib.parse

CANDIDATES = ("/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--no-default-browser-check", "--no-startup-window", "--disable-extensions", "--disable-component-update", "--disable-sync",
    "--disable-background-networking", "--disable-default-apps", "--disable-breakpad", "--disable-crash-reporter", "--mute-audio",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,AutofillServerCommunication",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]",
    # The same picture on every machine.
    "--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none", "--lang=en-US",
)
# Chromium's limit of one bitmap; a longer page is cut in its picture.
LONGEST_PICTURE = 16000
PR_SET_CHILD_SUBREAPER = 36
KEYS = {  # name: (code, virtual key, text)
    "Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, ""), " ": ("Space", 32, " "),
    "ArrowLeft": ("ArrowLeft", 37, ""), "ArrowUp": ("ArrowUp", 38, ""), "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowDown": ("ArrowDown", 40, ""), "PageUp": ("PageUp", 33, ""), "PageDown": ("PageDown", 34, ""),
    "Home": ("Home", 36, ""), "End": ("End", 35, ""), "Backspace": ("Backspace", 8, ""), "Delete": ("Delete", 46, ""),
}
MODIFIERS = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}


class BrowserError(Exception):
    """What went wrong, and while doing what."""


def find():
    """The browser's path, or None; UL_CHROMIUM goes before all."""
    wanted = os.environ.get("UL_CHROMIUM")
    for name in (wanted,) if wanted else CANDIDATES:
        path = shutil.which(name)
        if path:
            return path
    return None


def address(target):
    """A URL as it is; a path as a file URL."""
    return target if "://" in target or target.startswith("about:") else "file://" + urllib.parse.quote(os.path.abspath(target))


def helpers(folder):
    """Processes that became our children and serve the browser whose folder this is: its crash handlers."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, ValueError):
            with open(f"/proc/{pid}/stat", "rb") as stat, open(f"/proc/{pid}/cmdline", "rb") as command:
                name, rest = stat.read().rsplit(b")", 1)
                if int(rest.split()[1]) == os.getpid() and b"(chrome_crashpad" in name and folder.encode() in command.read():
                    found.append(int(pid))
    return found


class Browser:
    """The process.  `timeout` is for each answer of it, in seconds."""

    def __init__(self, timeout=60, path=None):
        self.timeout = timeout
        self.path = path or find()
        self.pid = None
        self._folder = self._in = self._out = None
        self._rest = b""
        self._last = 0
        self._answers, self._waiting, self._pages = {}, set(), {}
        self._helpers = []

    def __enter__(self):
        try:
            self._start()
            self.version = self.call("Browser.getVersion")["product"]
            self._helpers = helpers(self._folder)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _start(self):
        if not self.path:
            raise BrowserError("no Chromium here: scripts/setup installs Debian's, UL_CHROMIUM names another")
        # Children that the browser leaves behind become ours to reap, whatever process 1 does.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._folder = tempfile.mkdtemp(prefix="underlabel-browser-")
        ours, theirs = [], []
        try:
            for pair in (os.pipe(), os.pipe()[::-1]):
                # Above 9, so that laying them on 3 and 4 overwrites none of them.
                for fd, ends in zip(pair, (theirs, ours)):
                    ends.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10))
                    os.close(fd)
            self._in, self._out = ours
            os.set_blocking(self._out, False)
            self._spawn(*theirs)
        finally:
            for fd in theirs:
                os.close(fd)

    def _spawn(self, reads, writes):
        home = os.path.join(self._folder, "home")
        os.mkdir(home)
        environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "LD_PRELOAD")}
        # No session bus, no settings of the person who runs this.
        environment.update(HOME=home, XDG_CONFIG_HOME=home, XDG_CACHE_HOME=home, DBUS_SESSION_BUS_ADDRESS="disabled:", TZ="UTC")
        log = os.path.join(self._folder, "log")
        actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT, 0o600),
                   (os.POSIX_SPAWN_DUP2, 1, 2), (os.POSIX_SPAWN_DUP2, reads, 3), (os.POSIX_SPAWN_DUP2, writes, 4)]
        command = [self.path, *FLAGS, "--user-data-dir=" + os.path.join(self._folder, "profile")]
        self.pid = os.posix_spawn(self.path, command, environment, file_actions=actions, setpgroup=0)

    def close(self):
        """Asks the browser to end, makes it, and removes what it wrote."""
        if self.pid and self._in is not None:
            with contextlib.suppress(BrowserError, OSError):
                self.call("Browser.close", timeout=5)
        for fd in (self._in, self._out):
            if fd is not None:
                os.close(fd)
        self._in = self._out = None
        if self.pid:
            self._reap(until=time.monotonic() + 5)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._reap(until=time.monotonic() + 5)
            self.pid = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _reap(self, until):
        """Waits for every process of the browser's group, and for its helpers, which left it."""
        for wanted in (-self.pid, *self._helpers):
            while time.monotonic() < until:
                try:
                    if os.waitpid(wanted, os.WNOHANG)[0] == 0:
                        time.sleep(0.01)
                except ChildProcessError:
                    break

    def _log(self):
        with contextlib.suppress(OSError), open(os.path.join(self._folder, "log"), encoding="utf-8", errors="replace") as f:
            return "\n".join(line for line in f.read().splitlines() if "dbus" not in line)[-1500:] or "nothing"
        return "nothing"

    # --- the protocol --------------------------------------------------------------------------------

    def call(self, method, params=None, session=None, timeout=None):
        """One command and its answer; events that come before it are handed to their page."""
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        self._write(json.dumps(message).encode() + b"\0", method)
        self._waiting.add(number)
        try:
            self.until(lambda: number in self._answers, method, timeout)
        finally:
            self._waiting.discard(number)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error'].get('message')} {answer['error'].get('data', '')}".rstrip())
        return answer["result"]

    def until(self, condition, what, timeout=None):
        """Takes in messages until the condition holds."""
        end = time.monotonic() + (timeout or self.timeout)
        while not condition():
            self._take_in(end, what, timeout or self.timeout)

    def _write(self, data, what):
        try:
            while data:
                data = data[os.write(self._in, data):]
        except (BrokenPipeError, TypeError):
            raise BrowserError(f"the browser ended before {what}; it said: {self._log()}") from None

    def _take_in(self, end, what, timeout):
        ready, _, _ = select.select([self._out], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            raise BrowserError(f"{what}: no answer within {timeout} s; the browser said: {self._log()}")
        data = os.read(self._out, 1 << 20)
        if not data:
            raise BrowserError(f"the browser ended during {what}; it said: {self._log()}")
        *messages, self._rest = (self._rest + data).split(b"\0") if b"\0" in data else (self._rest + data,)
        for message in messages:
            self._handle(json.loads(message))

    def _handle(self, message):
        if "id" in message:
            # The answer to a command that was given up is nobody's.
            if message["id"] in self._waiting:
                self._answers[message["id"]] = message
        elif message.get("sessionId") in self._pages:
            self._pages[message["sessionId"]].event(message["method"], message["params"])

    def page(self, width=1280, height=800, scale=1):
        """A new page with a session, a cache and a storage of its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", {"url": "about:blank", "browserContextId": context})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = Page(self, session, target, context)
        self._pages[session] = page
        page.prepare()
        page.viewport(width, height, scale)
        return page

    def forget(self, page):
        self._pages.pop(page.session, None)


class Page:
    """console: what the page and the browser wrote, exceptions: what no one caught, requests: every URL asked for
    since open(), the page itself among them; timings: what timed() measured, in milliseconds."""

    def __init__(self, browser, session, target, context):
        self.browser, self.session, self.target, self.context = browser, session, target, context
        self.console, self.exceptions, self.requests, self.timings = [], [], [], {}
        self.url = "about:blank"
        self.width = self.height = self.scale = None
        self._loaded, self._crashed = None, False

    def call(self, method, timeout=None, **params):
        return self.browser.call(method, params, self.session, timeout)

    def prepare(self):
        for domain in ("Page", "Runtime", "Network", "Log", "DOM", "Inspector"):
            self.call(domain + ".enable")
        # Keys and :focus act as in the window in front.
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def event(self, method, params):
        if method == "Page.loadEventFired":
            self._loaded = params["timestamp"]
        elif method == "Network.requestWillBeSent":
            self.requests.append({"url": params["request"]["url"], "method": params["request"]["method"], "type": params.get("type", "")})
        elif method == "Runtime.consoleAPICalled":
            words = [str(a.get("value", a.get("description", a["type"]))) for a in params["args"]]
            self.console.append({"level": params["type"], "text": " ".join(words)})
        elif method == "Log.entryAdded":
            entry = params["entry"]
            self.console.append({"level": entry["level"], "text": entry["text"] + " " + entry.get("url", "")})
        elif method == "Runtime.exceptionThrown":
            self.exceptions.append(exception_text(params["exceptionDetails"]))
        elif method == "Inspector.targetCrashed":
            self._crashed = True

    def open(self, target, timeout=None):
        """Opens a path or URL and waits until it and its fonts are loaded."""
        self.console, self.exceptions, self.requests, self._loaded = [], [], [], None
        self.url = address(target)
        failure = self.call("Page.navigate", timeout, url=self.url).get("errorText")
        if failure:
            raise BrowserError(f"{self.url}: {failure}")
        self.browser.until(lambda: self._loaded or self._crashed, f"loading {self.url}", timeout)
        if self._crashed:
            raise BrowserError(f"{self.url}: the page's process crashed")
        self.evaluate("document.fonts.ready.then(() => true)")

    def close(self):
        self.browser.call("Target.disposeBrowserContext", {"browserContextId": self.context})
        self.browser.forget(self)

    # --- what it is shown on -------------------------------------------------------------------------

    def viewport(self, width, height=800, scale=1):
        """In CSS pixels; 200 % zoom of a window of 1280 is (640, …, 2)."""
        self.width, self.height, self.scale = width, height, scale
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)

    def media(self, scheme="light", printed=False):
        self.call("Emulation.setEmulatedMedia", media="print" if printed else "",
                  features=[{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}])

    # --- looking into it -----------------------------------------------------------------------------

    def evaluate(self, expression, timeout=None):
        """The value of a JavaScript expression; of a promise, what it is kept with.  No policy of the page forbids it."""
        answer = self.call("Runtime.evaluate", timeout, expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError("JavaScript: " + exception_text(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait(self, expression, timeout=None):
        """Until the expression is true, asked at every frame."""
        milliseconds = int((timeout or self.browser.timeout) * 1000)
        frame = "requestAnimationFrame(f)"
        found = self.evaluate(f"new Promise(r => {{ const end = performance.now() + {milliseconds}, f = () => ({expression}) ? r(true) : "
                              f"performance.now() > end ? r(false) : {frame}; f(); }})", milliseconds / 1000 + 5)
        if not found:
            raise BrowserError(f"{self.url}: not within {milliseconds} ms: {expression}")

    def accessibility_tree(self):
        """[{role, name, ignored, node}], in the tree's order; node is what place() and DOM calls take."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [{"role": n.get("role", {}).get("value", ""), "name": n.get("name", {}).get("value", ""), "ignored": n.get("ignored", False),
                 "node": n.get("backendDOMNodeId"), "properties": {p["name"]: p["value"].get("value") for p in n.get("properties", ())}}
                for n in nodes]

    def call_on(self, node, function):
        """What `function` (JavaScript, `this` is the element) gives for a node of the accessibility tree."""
        thing = self.call("DOM.resolveNode", backendNodeId=node)["object"]["objectId"]
        return self.call("Runtime.callFunctionOn", functionDeclaration=function, objectId=thing, returnByValue=True)["result"].get("value")

    # --- acting on it --------------------------------------------------------------------------------

    def press(self, key, *modifiers):
        """A key down and up: "Tab", "Enter", a letter; with "Shift", "Control"…"""
        code, number, text = KEYS[key] if key in KEYS else ("Key" + key.upper() if key.isalpha() else "", ord(key.upper()), key)
        mask = sum(MODIFIERS[m] for m in modifiers)
        common = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": mask}
        if text and not mask & ~MODIFIERS["Shift"]:
            self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        else:
            self.call("Input.dispatchKeyEvent", type="rawKeyDown", **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    @contextlib.contextmanager
    def timed(self, name):
        """Measures the steps within by the page's own clock, up to the frame that shows them, into timings[name].
        The page must be the same at the end; of what open() does, load_times() tells."""
        started = self.evaluate("performance.now()")
        yield
        ended = self.evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(performance.now()))))")
        self.timings[name] = ended - started

    def load_times(self):
        """Milliseconds from the navigation's start: until the first byte, the DOM, the load event, the first paint."""
        return self.evaluate("""(() => { const n = performance.getEntriesByType("navigation")[0] || {},
            p = performance.getEntriesByType("paint").find(e => e.name === "first-contentful-paint");
            return {response: n.responseStart, dom: n.domContentLoadedEventEnd, load: n.loadEventEnd, paint: p ? p.startTime : null}; })()""")

    # --- pictures ------------------------------------------------------------------------------------

    def screenshot(self, path, whole=True):
        """PNG of the whole page, or of what the viewport shows."""
        options = {"format": "png", "captureBeyondViewport": whole, "optimizeForSpeed": True}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            height = min(size["height"], LONGEST_PICTURE // self.scale)
            options["clip"] = {"x": 0, "y": 0, "width": max(self.width, size["width"]), "height": max(1, height), "scale": 1}
        write(path, self.call("Page.captureScreenshot", **options)["data"])

    def pdf(self, path, **options):
        """A4 as a person prints it, with backgrounds; the page's own @page goes before."""
        settings = {"printBackground": True, "preferCSSPageSize": True, "paperWidth": 210 / 25.4, "paperHeight": 297 / 25.4}
        settings.update(options)
        write(path, self.call("Page.printToPDF", **settings)["data"])


def write(path, data):
    with open(path, "wb") as f:
        f.write(base64.b64decode(data))


def exception_text(details):
    thrown = details.get("exception", {})
    return thrown.get("description") or str(thrown.get("value", "")) or details.get("text", "")
