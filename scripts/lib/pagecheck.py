# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks of a written page in a browser: each takes an open browser.Page and gives a list of findings.

What is asked of a page: it stands alone (nothing runs, nothing is fetched), its figures are those of the JSON
report beside it, everybody can read it (WCAG 2.2 A and AA as far as a program can tell), on a telephone, on a
wide screen, enlarged, in the dark and on paper.  An element whose text comes from the report has data-json, an
RFC 6901 pointer into it.  The rules that look at the page stand in pagecheck.js."""
import collections
import json
import os
import re
import subprocess
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "pagecheck.js"), encoding="utf-8") as source:
    RULES = source.read()
AXE = os.path.join(HERE, "..", "..", "build", "npm", "node_modules", "axe-core", "axe.min.js")
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
SCHEMES = ("light", "dark")
# (name, width, scale): a telephone, a wide screen, the wide screen at 200 %.
NARROW, WIDE, ENLARGED = ("360", 360, 1), ("1280", 1280, 1), ("640x2", 640, 2)
SMALLEST_LETTERS = 9
NAMED_ROLES = ("link", "button", "image", "img", "table", "region", "navigation", "heading", "figure", "group", "checkbox", "textbox", "combobox")
UNNAMED = ("navigation", "figure", "group")  # a name is asked for only by other rules
DPI = 48
EDGE = round(2 / 25.4 * DPI)
WHITE = 247

Finding = collections.namedtuple("Finding", "rule place message")
Finding.__str__ = lambda self: f"{self.rule}: {self.place}: {self.message}"


class Literal(str):
    """A number, null, true or false as it stands in the JSON."""


def ask(page, function, *arguments):
    return page.evaluate(f"({RULES}).{function}({', '.join(map(json.dumps, arguments))})")


def look(page, function, *arguments):
    return [Finding(f["rule"], f["place"], f["message"]) for f in ask(page, function, *arguments)]


def unique(findings):
    return list(dict.fromkeys(findings))


# --- alone -----------------------------------------------------------------------------------------


def check_quiet(page):
    """Neither the page nor the browser had anything to complain of."""
    found = [Finding("console", page.url, f"{m['level']}: {m['text']}") for m in page.console if m["level"] in ("error", "warning", "assert")]
    return found + [Finding("console", page.url, "exception: " + e) for e in page.exceptions]


def check_requests(page):
    """Nothing was asked for but the page."""
    others = [r for r in page.requests if not r["url"].startswith("data:")]
    if others and others[0]["url"].split("#")[0] == page.url.split("#")[0]:
        others = others[1:]
    return [Finding("requests", page.url, f"{r['method']} {r['url'][:200]} ({r['type']})") for r in others]


def check_alone(page, policy=POLICY, outside_links=False):
    return check_quiet(page) + check_requests(page) + look(page, "contained", outside_links) + look(page, "head", policy)


# --- figures ---------------------------------------------------------------------------------------


def parse(text):
    """JSON whose numbers keep their digits."""
    return json.loads(text, parse_float=Literal, parse_int=Literal, parse_constant=Literal)


def resolve(document, pointer):
    """What an RFC 6901 pointer points to; LookupError or ValueError where it does not."""
    if pointer and not pointer.startswith("/"):
        raise ValueError("no JSON pointer")
    here = document
    for token in pointer.split("/")[1:]:
        token = re.sub(r"~[01]", lambda m: "~/"[int(m.group()[1])], token)
        if isinstance(here, list):
            if not re.fullmatch(r"0|[1-9][0-9]*", token):
                raise LookupError(token)
            here = here[int(token)]
        elif isinstance(here, dict):
            here = here[token]
        else:
            raise LookupError(token)
    return here


def shown_as(value):
    """The texts that show a value; white space collapsed."""
    if value is None:
        return ("", "—")
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (collapse(value),)


def collapse(text):
    return " ".join(text.split())


def expand(document, pattern):
    """The pointers that a pattern with * for every member means; one that leads nowhere stays as it is."""
    pointers = [""]
    for token in pattern.split("/")[1:]:
        further = []
        for pointer in pointers:
            if token != "*":
                further.append(f"{pointer}/{token}")
                continue
            members = resolve(document, pointer)
            keys = range(len(members)) if isinstance(members, list) else [k.replace("~", "~0").replace("/", "~1") for k in members]
            further += [f"{pointer}/{key}" for key in keys]
        pointers = further
    return pointers


def has(document, pattern):
    """Does the report have what the pattern means?"""
    try:
        for pointer in expand(document, pattern):
            resolve(document, pointer)
    except (LookupError, ValueError):
        return False
    return True


def misshown(document, figure):
    """What is wrong with a figure of the page; None where nothing is."""
    pointer, text = figure["pointer"], collapse(figure["text"])
    try:
        value = resolve(document, pointer)
    except (LookupError, ValueError):
        return f"{pointer!r} is not in the report"
    if isinstance(value, (dict, list)):
        return f"{pointer} is no single value"
    return None if text in shown_as(value) else f"shows {text!r}, the report says {shown_as(value)[0]!r}"


def check_figures(page, report, required=(), optional=()):
    """(findings, how many elements were compared).  `report` is the JSON's text.  `required` has pointers that must be
    on the page, * standing for every member; `optional` those that must where the report has them."""
    document, figures, found = parse(report), ask(page, "figures"), []
    wrong = [(number, message) for number, message in enumerate(misshown(document, f) for f in figures) if message]
    places = ask(page, "figurePlaces", [number for number, _ in wrong])
    found += [Finding("figures", place, message) for place, (_, message) in zip(places, wrong)]
    present = {figure["pointer"] for figure in figures}
    for pattern in (*required, *(p for p in optional if has(document, p))):
        try:
            wanted = expand(document, pattern)
        except (LookupError, ValueError):
            wanted = [pattern]
        found += [Finding("figures", page.url, f"{pointer} is nowhere on the page") for pointer in wanted if pointer not in present]
    if not figures:
        found.append(Finding("figures", page.url, "no element has data-json"))
    return found, len(figures)


# --- for everybody -----------------------------------------------------------------------------------


def check_structure(page):
    found = []
    for function in ("landmarks", "headings", "ids", "images", "tables", "scrollers"):
        found += look(page, function)
    return found + check_names(page)


def check_names(page):
    """What the browser tells a screen reader: everything that needs a name has one."""
    found = []
    for node in page.accessibility_tree():
        if node["ignored"] or node["role"] not in NAMED_ROLES or node["role"] in UNNAMED or collapse(node["name"]):
            continue
        where = page.call_on(node["node"], f"function() {{ return ({RULES}).place(this); }}") if node["node"] else page.url
        found.append(Finding("names", where, f"a {node['role']} without a name"))
    return found


def check_contrast(page, paper=False):
    return look(page, "contrast", paper)


def check_schemes(page):
    """Dark is dark and light is light."""
    found, brightness = [], {}
    for scheme in SCHEMES:
        page.media(scheme)
        brightness[scheme] = ask(page, "brightness")
    page.media("light")
    if brightness["light"] is None or brightness["light"] < 0.7:
        found.append(Finding("schemes", page.url, f"the light page's background has a luminance of {brightness['light']}"))
    if brightness["dark"] is None or brightness["dark"] > 0.1:
        found.append(Finding("schemes", page.url, f"the dark page's background has a luminance of {brightness['dark']}"))
    if not ask(page, "paper")["dark"]:
        found.append(Finding("schemes", page.url, "no rule for prefers-color-scheme"))
    return found


def check_layout(page, paper=False, smallest=SMALLEST_LETTERS):
    return look(page, "layout", paper, smallest)


def check_targets(page):
    return look(page, "targets")


def check_focus(page):
    """Walks through a page that was just opened, by the Tab key, and looks at its stops in the other colours too."""
    noted = ask(page, "focusables")
    found = [Finding(f["rule"], f["place"], f["message"]) for f in noted["findings"]]
    if noted["first"] != "#main":
        found.append(Finding("focus", page.url, f"the first stop is {noted['first']!r}, not the skip link"))
    for index in range(noted["count"]):
        page.press("Tab")
        state = ask(page, "focused")
        found += [Finding(f["rule"], f["place"], f["message"]) for f in state["findings"]]
        if state["index"] != index:
            found.append(Finding("focus", state.get("place", page.url), f"stop {index + 1} of {noted['count']} is not the next in the document's order"))
            break
    page.media("dark")
    found += at("dark", look(page, "focusLooks"))
    page.media("light")
    return found + (check_skip(page) if noted["first"] == "#main" else [])


def check_skip(page):
    """The skip link leads into main: the next stop after it is there."""
    ask(page, "focusables")
    page.evaluate("document.querySelector(\"a[href='#main']\").focus()")
    page.press("Enter")
    page.press("Tab")
    state = ask(page, "focused")
    stops_in_main = page.evaluate("window.focusables.some(f => f.element.closest('main'))")
    if stops_in_main and not state.get("inMain"):
        return [Finding("focus", state.get("place", page.url), "the stop after the skip link is not in main")]
    return []


def have_axe():
    return os.path.exists(AXE)


def check_axe(page):
    """The rules of axe-core for WCAG 2 A and AA, where scripts/setup could install it."""
    if not page.evaluate("typeof axe === 'object'"):
        with open(AXE, encoding="utf-8") as f:
            page.evaluate(f.read() + "; 0")
    options = {"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"], "preload": False}
    violations = page.evaluate(f"axe.run(document, {json.dumps(options)}).then(r => r.violations.flatMap(v => v.nodes.map(n => "
                               "({rule: 'axe ' + v.id, place: n.target.flat().join(' '), message: v.help + ': ' + n.failureSummary}))))")
    return [Finding(v["rule"], v["place"], collapse(v["message"])) for v in violations]


# --- on paper ----------------------------------------------------------------------------------------


def check_print(page, pdf):
    """Prints the page to the file `pdf` and looks at it."""
    settings = ask(page, "paper")
    found = [] if settings["rules"] else [Finding("print", page.url, "no @media print rule")]
    headings = ask(page, "headingTexts")
    width, height, scale = page.width, page.height, page.scale
    page.media("light", printed=True)
    page.viewport(settings["width"], height)
    found += look(page, "screenOnly") + [f._replace(rule="print") for f in check_layout(page, paper=True)]
    found += [f._replace(rule="print") for f in check_contrast(page, paper=True)]
    page.viewport(width, height, scale)
    page.media("light")
    page.pdf(pdf)
    return found + check_pdf(pdf, headings)


def letters(text):
    """What is left when lines are broken elsewhere."""
    return re.sub(r"[\s\u00ad\u200b]+", "", unicodedata.normalize("NFKC", text))


def check_pdf(path, headings):
    found = []
    text = letters(subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", path, "-"], capture_output=True, check=True).stdout.decode("utf-8", "replace"))
    found += [Finding("print", h["place"], "a heading that is not in the PDF's text") for h in headings if letters(h["text"]) not in text]
    for number, (width, height, pixels) in enumerate(pages(path), 1):
        assert len(pixels) == width * height
        where = f"{os.path.basename(path)}, page {number}"
        if min(pixels) >= WHITE:
            found.append(Finding("print", where, "is blank"))
        for side, columns in (("left", range(EDGE)), ("right", range(width - EDGE, width))):
            if any(min(pixels[x::width]) < WHITE for x in columns):
                found.append(Finding("print", where, f"something reaches the {side} edge"))
    return found


def pages(path):
    """Each page of a PDF as (width, height, grey pixels)."""
    data = subprocess.run(["pdftoppm", "-gray", "-aa", "no", "-aaVector", "no", "-r", str(DPI), path], capture_output=True, check=True).stdout
    at = 0
    while at < len(data):
        head = re.compile(rb"P5\s+(\d+)\s+(\d+)\s+255\s").match(data, at)
        width, height = int(head.group(1)), int(head.group(2))
        yield width, height, data[head.end():head.end() + width * height]
        at = head.end() + width * height


# --- all ---------------------------------------------------------------------------------------------


class Account:
    """What examine() saw of a page."""

    def __init__(self, name):
        self.name, self.figures, self.requests, self.findings = name, 0, 0, []

    def __str__(self):
        return f"{self.name}: {self.figures} figures compared, {self.requests} requests, {len(self.findings)} findings"


def at(where, findings):
    return [f._replace(place=f"{f.place} (at {where})") for f in findings]


def examine(page, path, report, folder, name, required=(), optional=()):
    """Every check of the page in the file `path` against the JSON text `report`; pictures and the PDF go into `folder`."""
    account = Account(name)
    page.viewport(WIDE[1], 800)
    page.media("light")
    page.open(path)
    found = check_alone(page)
    figures, account.figures = check_figures(page, report, required, optional)
    found += figures + check_structure(page) + check_schemes(page)
    page.open(path)
    found += check_focus(page)
    page.open(path)
    found += check_print(page, os.path.join(folder, name + ".pdf"))
    page.open(path)
    for label, width, scale in (NARROW, WIDE):
        page.viewport(width, 800, scale)
        for scheme in SCHEMES:
            page.media(scheme)
            page.screenshot(os.path.join(folder, f"{name}-{label}-{scheme}.png"))
    ask(page, "openDetails")
    for view in (NARROW, WIDE, ENLARGED):
        found += at_size(page, view)
    account.requests = len(page.requests)
    found += check_quiet(page) + check_requests(page)
    account.findings = unique(found)
    return account


def at_size(page, view):
    label, width, scale = view
    found = []
    page.viewport(width, 800, scale)
    for scheme in SCHEMES if view != ENLARGED else SCHEMES[:1]:
        page.media(scheme)
        found += at(f"{label} {scheme}", check_contrast(page))
        if (view, scheme) == (WIDE, "light") and have_axe():
            found += check_axe(page)
    return found + at(label, check_layout(page) + check_targets(page) + look(page, "scrollers"))
