#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pages that `inspect --html` writes, in a browser: they stand alone, say what the JSON says, and everybody can
read them, on any screen and on paper.  First a page of our own shows that every check can fail."""
import os
import re
import shutil
import sys
import tempfile
import time

from ulcli import SAMPLES, SOURCE, Checks, run

import pagecheck
from browser import Browser, BrowserError, find

CORPUS = os.path.join(SOURCE, "..", "shared", "corpus")
PICTURES = os.path.join(os.environ.get("UL_BUILD_DIR", os.path.join(SOURCE, "build")), "pages")
# What no page may leave out, and what none may where the report has it; * stands for every member.
REQUIRED = ("/input/sha256", "/input/bytes", "/input/kind", "/tool/version", "/tool/knowledge", "/answers/maker/id", "/answers/maker/support",
            "/answers/platform/id", "/answers/software/id", "/answers/path/id", "/authenticity/verdict")
OPTIONAL = ("/answers/maker/log10_lr", "/answers/maker/groups/*/log10_lr", "/label/claimed", "/label/finding", "/policies/*/id", "/policies/*/result",
            "/authenticity/gops/ok", "/authenticity/gops/not_ok")
RECORDINGS = {  # name: (file, options)
    "corpus-mp4": ("recordings/moonfire_clip.mp4", ("--deep",)),
    "corpus-h265": ("recordings/reolink_argus2_bcmedia_iframe_es.h265", ()),
    "corpus-ps": ("recordings/gb28181_hik_lal_keyframe_start.ps", ()),
    "signed": ("signed/signed_vendor_axis.h264", ("--trust", os.path.join(CORPUS, "signed", "axis-roots.pem"))),
    "signed-modified": ("signed/signed_test_h264_modified_frame_137.mp4", ("--trust", os.path.join(CORPUS, "signed", "ca.pem"))),
}
SECONDS = 180
checks = Checks()

# --- a page that is as it should be ------------------------------------------------------------------

REPORT = """{"answers": {"maker": {"id": "acme", "log10_lr": 2.390, "alternatives": null}, "path": {"id": "two  words"}},
 "input": {"bytes": 3045, "a/b~c": "odd", "frames": 1e3}, "marks": [{"rule": "first", "ratio": 1.50, "own": true}, {"rule": "second", "ratio": 0.89, "own": false}]}"""
STYLE = """
:root { color-scheme: light; --ink: #1b1f24; --paper: #ffffff; --soft: #eef1f4; --line: #6b7480; --link: #0b57a4; --bar: #1f5f8b; --on-bar: #ffffff }
@media (prefers-color-scheme: dark) { :root { color-scheme: dark; --ink: #e6e9ed; --paper: #14171a; --soft: #23282e; --line: #8b95a1; --link: #8ec5ff; --bar: #8fc3e8; --on-bar: #10151a } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 "DejaVu Sans", sans-serif }
header, nav, main, footer { padding: 8px 16px }
a { color: var(--link) }
nav a { display: inline-block; padding: 4px 8px; min-width: 24px }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.skip { position: absolute; left: -9999px; padding: 8px; background: var(--paper) }
.skip:focus { left: 8px; top: 8px }
.scroll { overflow-x: auto }
table { border-collapse: collapse } th, td { border: 1px solid var(--line); padding: 4px 8px; text-align: left }
pre { margin: 0; background: var(--soft) } .bar { fill: var(--bar) } .on { fill: var(--on-bar) } svg { max-width: 100%; height: auto } svg text { fill: var(--ink); font-size: 14px } svg text.on { fill: var(--on-bar) }
summary { min-height: 24px; padding: 4px 0 }
@page { size: A4; margin: 15mm }
@media print { nav, .skip { display: none } .scroll { overflow: visible } pre { white-space: pre-wrap; overflow-wrap: anywhere } h2 { break-after: avoid } }
"""
HEX = "\n".join(f"{row * 32:08x}  " + " ".join(f"{(row * 37 + i * 11) % 256:02x}" for i in range(32)) for row in range(4))
PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Evidence</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{pagecheck.POLICY}">
<style>{STYLE}</style></head>
<body><a class="skip" href="#main">Skip to the answers</a>
<header><h1>Evidence on a recording</h1><p>Size <b data-json="/input/bytes">3045</b> bytes, <b data-json="/input/a~1b~0c">odd</b>,
<b data-json="/input/frames">1e3</b> frames</p></header>
<nav aria-label="Contents"><a href="#maker">Maker</a> <a href="#marks">Marks</a></nav>
<main id="main">
<section aria-labelledby="maker"><h2 id="maker">Maker</h2>
<p>It is <b data-json="/answers/maker/id">acme</b> with <span data-json="/answers/maker/log10_lr">2.390</span>; others:
<span data-json="/answers/maker/alternatives">—</span>; path <span data-json="/answers/path/id">two  words</span>.
See <a href="#marks">the marks</a> below.</p>
<svg role="img" aria-labelledby="chart-title chart-desc" viewBox="0 0 320 80" width="320" height="80">
<title id="chart-title">Ratios</title><desc id="chart-desc">Two bars, the first one longer.</desc>
<rect class="bar" x="0" y="5" width="300" height="30"/><text class="on" x="8" y="25" data-json="/marks/0/ratio">1.50</text>
<rect class="bar" x="0" y="45" width="178" height="30"/><text x="190" y="65" data-json="/marks/1/ratio">0.89</text></svg>
</section>
<section aria-labelledby="marks"><h2 id="marks">Marks</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of marks"><table><caption>The marks and their ratios</caption>
<thead><tr><th scope="col">Mark</th><th scope="col">Ratio</th><th scope="col">Own</th></tr></thead>
<tbody><tr><th scope="row" data-json="/marks/0/rule">first</th><td data-json="/marks/0/ratio">1.50</td><td data-json="/marks/0/own">true</td></tr>
<tr><th scope="row" data-json="/marks/1/rule">second</th><td data-json="/marks/1/ratio">0.89</td><td data-json="/marks/1/own">false</td></tr></tbody></table></div>
<h3>Bytes</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Bytes of the file"><pre>{HEX}</pre></div>
<details><summary>More</summary><p>Something more.</p></details>
</section></main>
<footer><p>Written by a test.</p></footer></body></html>
"""
NEEDED = ("/answers/maker/id", "/marks/*/ratio", "/marks/*/own")
A_LINE = "<p>Something more.</p>"


def css(text):
    return "</style>", text + "</style>"


def more(text):
    return "</h3>", "</h3>" + text


def sized(page, width, scheme="light", scale=1):
    page.viewport(width, 800, scale)
    page.media(scheme)
    pagecheck.ask(page, "openDetails")


def layout_at(width, scale=1):
    def look(page, _):
        sized(page, width, scale=scale)
        return pagecheck.check_layout(page)
    return look


def contrast_in(scheme):
    def look(page, _):
        sized(page, 1280, scheme)
        return pagecheck.check_contrast(page)
    return look


def targets(page, _):
    return pagecheck.check_targets(page)


def alone(page, _):
    return pagecheck.check_alone(page)


def figures(page, _):
    return pagecheck.check_figures(page, REPORT, NEEDED, ("/label/finding", "/answers/path/id"))[0]


def structure(page, _):
    return pagecheck.check_structure(page)


def schemes(page, _):
    return pagecheck.check_schemes(page)


def focus(page, _):
    return pagecheck.check_focus(page)


def on_paper(page, folder):
    return pagecheck.check_print(page, os.path.join(folder, "self.pdf"))


def axe(page, _):
    return pagecheck.check_axe(page) if pagecheck.have_axe() else []


LIGHT, DARK, PHONE, SCREEN, ENLARGED = contrast_in("light"), contrast_in("dark"), layout_at(360), layout_at(1280), layout_at(640, 2)
# What to look with, what it must say, and the fault: pairs of old and new text.
FAULTS = (
    (alone, "error: Executing inline script", [more("<script>document.title = 1</script>")]),
    (alone, "<script>", [more("<script>document.title = 1</script>")]),
    (alone, "exception: Error: thrown", [("script-src", ""), ("default-src 'none'; ", ""), more("<script>throw new Error('thrown')</script>")]),
    (alone, "error: aloud", [("default-src 'none'; ", ""), more("<script>console.error('aloud')</script>")]),
    (alone, "GET http://127.0.0.1:9/a.png (Image)", [("img-src data:", "img-src *"), more("<img alt='' src='http://127.0.0.1:9/a.png'>")]),
    (alone, "leads out of the page: src=a.png", [more("<img alt='' src='a.png'>")]),
    (alone, "leads out of the page: href=https://", [more("<a href='https://example.com/'>out</a>")]),
    (alone, "style fetches a.png", [css("p { background: url(a.png) }")]),
    (alone, "style fetches https://", [more("<p style='background: url(\"https://example.com/\")'>x</p>")]),
    (alone, "@import", [("<style>", "<style>@import 'a.css';")]),
    (alone, "attribute onclick", [("<h3>", "<h3 onclick='x()'>")]),
    (alone, "href=javascript:", [more("<a href='javascript:x()'>x</a>")]),
    (alone, "<link>", [("</head>", "<link rel=icon href='data:image/png;base64,AAAA'></head>")]),
    (alone, "content security policy is not", [("default-src 'none'", "default-src 'self'")]),
    (alone, "stands after what it is to bind", [('<meta charset="utf-8">', '<meta charset="utf-8"><style>p { margin: 0 }</style>')]),
    (alone, "<meta> in a page", [("</head>", '<meta http-equiv="refresh" content="9"></head>')]),
    (alone, "fill fetches a.svg#x", [('<rect class="bar"', '<rect fill="url(a.svg#x)" class="bar"')]),
    (alone, "no lang", [('<html lang="en">', "<html>")]),
    (alone, "no title", [("<title>Evidence</title>", "<title> </title>")]),
    (alone, "no <!DOCTYPE", [("<!DOCTYPE html>", "")]),
    (alone, "no viewport", [('name="viewport"', 'name="port"')]),
    (alone, "zooming is forbidden", [("initial-scale=1", "initial-scale=1, user-scalable=no")]),
    (alone, "no <meta charset", [('<meta charset="utf-8">', "")]),
    (figures, "shows '2.39', the report says '2.390'", [("2.390", "2.39")]),
    (figures, "shows '1000', the report says '1e3'", [("1e3", "1000")]),
    (figures, "shows 'yes', the report says 'true'", [(">true<", ">yes<")]),
    (figures, "shows 'none', the report says ''", [(">—<", ">none<")]),
    (figures, "shows '1.51', the report says '1.50'", [("y=\"25\" data-json=\"/marks/0/ratio\">1.50", "y=\"25\" data-json=\"/marks/0/ratio\">1.51")]),
    (figures, "'/marks/2/rule' is not in the report", [("/marks/1/rule", "/marks/2/rule")]),
    (figures, "'/marks/00/rule' is not in the report", [("/marks/0/rule", "/marks/00/rule")]),
    (figures, "no single value", [('"/answers/maker/id"', '"/answers/maker"')]),
    (figures, "/marks/1/own is nowhere", [(' data-json="/marks/1/own"', "")]),
    (figures, "/answers/maker/id is nowhere", [(' data-json="/answers/maker/id"', "")]),
    (figures, "/answers/path/id is nowhere", [(' data-json="/answers/path/id"', "")]),
    (figures, "no element has data-json", [("data-json", "data-jason")]),
    (structure, "no <nav>", [("<nav", "<div"), ("</nav>", "</div>")]),
    (structure, "no <main>", [("<main", "<div"), ("</main>", "</div>")]),
    (structure, "a second <footer>", [("<footer>", "<footer></footer><footer>")]),
    (structure, "has not the id main", [('<main id="main">', '<main id="other">')]),
    (structure, "no skip link", [('class="skip" href="#main"', 'class="skip" href="#maker"')]),
    (structure, "outside every landmark", [("<footer>", "<p>lost</p><footer>")]),
    (structure, "one of several <nav> without a name", [("</nav>", "</nav><nav><a href='#maker'>again</a></nav>")]),
    (structure, "2 h1", [("<h3>Bytes</h3>", "<h1>Bytes</h1>")]),
    (structure, "h4 after h2", [("<h3>Bytes</h3>", "<h4>Bytes</h4>")]),
    (structure, "0 h1", [("<h1>", "<h2>"), ("</h1>", "</h2>")]),
    (structure, "role=heading", [more("<p role=heading aria-level=4>x</p>")]),
    (structure, "an empty heading", [("<h3>Bytes</h3>", "<h3> </h3>")]),
    (structure, "the id maker once more", [more("<p id=maker>x</p>")]),
    (structure, "aria-labelledby names nobody", [('aria-labelledby="marks"', 'aria-labelledby="nobody"')]),
    (structure, "href names nothing", [('See <a href="#marks">', 'See <a href="#nothing">')]),
    (structure, "fill names gone", [('<rect class="bar"', '<rect fill="url(#gone)" class="bar"')]),
    (structure, "an svg without title", [('<title id="chart-title">Ratios</title>', "")]),
    (structure, "does not name its desc", [('aria-labelledby="chart-title chart-desc"', 'aria-labelledby="chart-title"')]),
    (structure, "an svg without role=img", [('<svg role="img"', "<svg")]),
    (structure, "hidden from readers", [("<svg ", '<svg aria-hidden="true" ')]),
    (structure, "an image without alt", [more("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>")]),
    (structure, "a table without caption", [("<caption>The marks and their ratios</caption>", "")]),
    (structure, "a header without scope", [('<th scope="col">Own', "<th>Own")]),
    (structure, "an empty header", [('<th scope="col">Own', '<th scope="col">')]),
    (structure, "a table without a header", [more("<table><caption>x</caption><tr><td>x</td></tr></table>")]),
    (structure, "no key gets there", [('tabindex="0" role="region" aria-label="Bytes of', 'role="region" aria-label="Bytes of')]),
    (structure, "scrolls without role=region", [('role="region" aria-label="Bytes of', 'aria-label="Bytes of')]),
    (structure, "scrolls without a name", [(' aria-label="Bytes of the file"', "")]),
    (structure, "scrolls, but", [more("<div style='overflow: auto; height: 20px'><p>a</p><p>b</p></div>")]),
    (structure, "a link without a name", [more("<a href='#maker'></a>")]),
    (structure, "a button without a name", [more("<button type=button></button>")]),
    (LIGHT, "less than 4.5", [css("footer { color: #808080 }")]),
    (LIGHT, "#999999 on #ffffff is 2.85, less than 3", [css("h1 { color: #999999 }")]),
    (LIGHT, "less than 4.5", [css("footer { opacity: 0.5 }")]),
    (LIGHT, "less than 4.5", [css("footer { background: rgba(0, 0, 0, 0.6) }")]),
    (LIGHT, "less than 4.5", [css("footer { background: linear-gradient(#fff, #333) }")]),
    (LIGHT, "less than 4.5", [css("footer { color: color-mix(in srgb, var(--ink), white 60%) }")]),
    (LIGHT, "a picture lies behind it", [css("footer { background: url(data:image/gif;base64,R0lGODlhAQABAAAAACw=) }")]),
    (LIGHT, "#1f5f8b is 2.42, less than 4.5", [('<text class="on"', "<text")]),
    (LIGHT, "less than 4.5", [('<text x="190" y="65"', '<text x="172" y="65"')]),
    (LIGHT, "a later shape lies on it", [("</svg>", '<rect class="bar" width="60" height="40"/></svg>')]),
    (LIGHT, "a pattern or gradient", [('<rect class="bar"', '<linearGradient id="g"/><rect style="fill: url(#g)"')]),
    (LIGHT, "«Something more.»", [(A_LINE, "<p style='color: #aaa'>Something more.</p>")]),
    (DARK, "less than 4.5", [("--on-bar: #10151a", "--on-bar: #ffffff")]),
    (DARK, "less than 4.5", [css("footer p { color: #1b1f24 }")]),
    (schemes, "the dark page", [("--paper: #14171a", "--paper: #ffffff")]),
    (schemes, "no rule for prefers-color-scheme", [("prefers-color-scheme: dark", "min-width: 99999px")]),
    (schemes, "the light page", [("--paper: #ffffff", "--paper: #222222")]),
    (PHONE, "overflow: document: the document is", [('<div class="scroll" tabindex="0" role="region" aria-label="Bytes', '<div tabindex="0" role="region" aria-label="Bytes')]),
    (PHONE, "reaches over the right edge", [css("footer p { width: 500px }")]),
    (SCREEN, "overflow: document: the document is", [css("footer p { width: 1300px }")]),
    (ENLARGED, "overflow: document: the document is", [css("footer p { width: 700px }")]),
    (PHONE, "cut off by", [css(".scroll { overflow-x: hidden }")]),
    (PHONE, "cut off by", [css("h1 { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; width: 200px }")]),
    (SCREEN, "cut off by", [css("footer { height: 30px; overflow: hidden }")]),
    (SCREEN, "cut off by", [('<text x="190" y="65"', '<text x="305" y="65"')]),
    (SCREEN, "reaches over the page's edge", [css("footer p { margin-left: -60px }")]),
    (PHONE, "reaches over the page's edge", [css("html, body { overflow-x: clip } footer p { white-space: nowrap; letter-spacing: 30px }")]),
    (PHONE, "letters of", [('viewBox="0 0 320 80" width="320" height="80"', 'viewBox="0 0 640 160" width="320" height="80"')]),
    (SCREEN, "lies on", [('<text x="190" y="65"', '<text x="20" y="26"')]),
    (targets, "px to hit", [css("nav a { display: inline; padding: 0 }")]),
    (targets, "px to hit", [css("summary { font-size: 10px; min-height: 0; padding: 0 }")]),
    (focus, "looks with the focus as without", [css(":focus-visible { outline: none }")]),
    (focus, "looks with the focus as without", [css("summary:focus-visible { outline: 0 }")]),
    (focus, "its outline has a contrast", [css(":focus-visible { outline-color: #dddddd }")]),
    (focus, "(at dark): its outline has a contrast", [css("@media (prefers-color-scheme: dark) { :focus-visible { outline-color: #333333 } }")]),
    (focus, "(at dark): looks with", [css("@media (prefers-color-scheme: dark) { nav a:focus-visible { outline: 0 } }")]),
    (focus, "out of sight", [css(".skip:focus { left: -9999px }")]),
    (focus, "not the skip link", [('<a class="skip"', '<a href="#maker">x</a><a class="skip"')]),
    (focus, "a tabindex above 0", [('<a href="#marks">Marks', '<a tabindex="1" href="#marks">Marks')]),
    (focus, "is not the next", [('<a href="#marks">Marks', '<a tabindex="1" href="#marks">Marks')]),
    (focus, "not in main", [("</main>", "</main><a href='#maker'>end</a>"), ('<main id="main">', "<main>"), ("<footer>", "<footer id=main>")]),
    (on_paper, "no @media print", [("@media print {", "@media screen and (min-width: 9999px) {")]),
    (on_paper, "no one can press it", [("nav, .skip { display: none }", "")]),
    (on_paper, "not in the PDF's text", [("@media print {", "@media print { h3 { display: none }")]),
    (on_paper, "is blank", [css("@media print { footer { break-before: page; visibility: hidden } }")]),
    (on_paper, "reaches the right edge", [("margin: 15mm", "margin: 0"), css("header { border: 2mm solid #000 }")]),
    (on_paper, "cut off by", [("pre { white-space: pre-wrap; overflow-wrap: anywhere }", ""), (".scroll { overflow: visible }", "")]),
    (on_paper, "less than 4.5", [css("footer { background: #222; color: #ddd }")]),
)
AXE_FAULT = (axe, "axe color-contrast", [css("footer { color: #808080 }")])


def changed(fault):
    text = PAGE
    for old, new in fault:
        text = text.replace(old, new)
    return text


def with_page(page, folder, text, look):
    path = os.path.join(folder, "self.html")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    page.viewport(1280)
    page.media("light")
    page.open(path)
    return [str(f) for f in look(page, folder)]


def check_pointers():
    document = pagecheck.parse('{"": 1, "a/b": [10, {"~": -0.0}], "m~n": null}')
    for pointer, wanted in (("/", "1"), ("/a~1b/0", "10"), ("/a~1b/1/~0", "-0.0"), ("/m~0n", None)):
        checks.equal(pagecheck.resolve(document, pointer), wanted, f"pointer {pointer}")
    for pointer in ("a", "/b", "/a~1b/2", "/a~1b/-", "/a~1b/01", "/a~1b/0/0", "/a~1b/-1"):
        try:
            checks.that(False, f"pointer {pointer} leads nowhere", pagecheck.resolve(document, pointer))
        except (LookupError, ValueError):
            checks.that(True, "")


def check_self(page, folder):
    """A good page passes, and each check finds what it is for."""
    looks = dict.fromkeys(look for look, _, _ in FAULTS)
    for look in [*looks, axe]:
        found = with_page(page, folder, PAGE, look)
        checks.equal(found, [], f"nothing to find in the good page ({getattr(look, '__name__', look)})")
    for look, wanted, fault in FAULTS + ((AXE_FAULT,) if pagecheck.have_axe() else ()):
        text = changed(fault)
        if not checks.that(text != PAGE, f"the fault for {wanted!r} changes the page"):
            continue
        found = with_page(page, folder, text, look)
        checks.that(any(wanted in f for f in found), f"finds {wanted!r} after {fault}", found)
    path = os.path.join(folder, "self.html")
    with open(path, "w", encoding="utf-8") as f:
        f.write(PAGE)
    account = pagecheck.examine(page, path, REPORT, PICTURES, "self-check", NEEDED)
    report(account)
    checks.equal((account.figures, account.requests), (15, 1), "figures and requests of the good page")
    check_whole(page, folder, path)
    check_rig(page)


def check_whole(page, folder, path):
    """What examine() looks at reaches its account, from every check."""
    faults = [(" data-json=\"/marks/0/own\"", ""), ("<h3>Bytes</h3>", "<h4>Bytes</h4><script>x()</script><img alt='' src='a.png'><a href='#maker'></a>"), ("tabindex=\"0\"", "tabindex=\"1\""),
              (' aria-label="Bytes of the file"', ""), ("--paper: #14171a", "--paper: #888888"), ("nav, .skip { display: none }", ""),
              ("overflow-x: auto", "overflow-x: hidden"), css("footer p { width: 1300px; font-size: 8px } nav a { padding: 0 }")]
    with open(path, "w", encoding="utf-8") as f:
        f.write(changed(faults))
    account = pagecheck.examine(page, path, REPORT, folder, "faulty", NEEDED)
    wanted = ["clipped", "console", "contained", "contrast", "figures", "focus", "headings", "names", "overflow", "print", "requests", "schemes", "small"]
    seen = {f.rule for f in account.findings}
    checks.equal([rule for rule in wanted if rule not in seen], [], "rules that found nothing in a page full of faults")
    checks.that(any("(at 360 dark)" in f.place for f in account.findings), "a finding says where", account.findings[:5])
    if pagecheck.have_axe():
        checks.that(any(rule.startswith("axe ") for rule in seen), "axe-core finds something there")


def check_rig(page):
    """The rest of what the rig promises."""
    page.viewport(400, 300)
    with page.timed("key"):
        page.press("Tab")
    checks.that(0 < page.timings["key"] < 10000, "a step is timed", page.timings)
    checks.that(page.load_times()["load"] > 0, "loading is timed", page.load_times())
    for expression, word in (("nobody.there", "ReferenceError"), ("new Promise(() => 0)", "no answer within 0.5 s")):
        try:
            checks.that(False, f"{expression} fails", page.evaluate(expression, 0.5))
        except BrowserError as e:
            checks.that(word in str(e), f"{expression} says {word}", e)
    try:
        page.open(os.path.join(PICTURES, "nowhere.html"))
        checks.that(False, "a file that is not there")
    except BrowserError as e:
        checks.that("ERR_FILE_NOT_FOUND" in str(e), "a file that is not there", e)


def report(account):
    print(account)
    checks.that(not account.findings, f"{account.name}: {len(account.findings)} findings", "\n  " + "\n  ".join(map(str, account.findings[:25])))


# --- the pages that are written ------------------------------------------------------------------------


def inputs():
    """(name, file, options) of every page."""
    for name in sorted(os.listdir(SAMPLES)):
        if name not in ("README.md", "expected.jsonl"):
            yield name.replace(".", "-"), os.path.join(SAMPLES, name), ("--claimed", "Luminys", "--policy", "us-ndaa-889")
    if not os.path.isdir(CORPUS):
        checks.skip("pages of recordings (shared/ is not here)")
        return
    for name, (file, options) in RECORDINGS.items():
        yield name, os.path.join(CORPUS, file), options


def check_written(page, name, path, options):
    html = os.path.join(PICTURES, name + ".html")
    result = run("inspect", "--json", "--html", html, *options, path)
    if result.code in (65, 66):
        checks.that(not os.path.exists(html), f"{name}: no page where there is no report")
        print(f"{name}: no report, no page (exit code {result.code})")
        return
    checks.code(result, (0, 1, 2, 3), f"{name}: inspect")
    if not checks.that(os.path.exists(html), f"{name}: a page", result.errors()):
        return
    text = result.text() or run("inspect", "--json", *options, path).text()
    with open(os.path.join(PICTURES, name + ".json"), "w", encoding="utf-8") as f:
        f.write(text)
    report(pagecheck.examine(page, html, text, PICTURES, name, REQUIRED, OPTIONAL))


def main():
    if not find() or not shutil.which("pdftotext"):
        print("skipped: no Chromium or no pdftotext here (scripts/setup installs them)")
        sys.exit(77)
    started = time.monotonic()
    shutil.rmtree(PICTURES, ignore_errors=True)
    os.makedirs(PICTURES)
    check_pointers()
    if not pagecheck.have_axe():
        checks.skip("axe-core (scripts/setup could not install it)")
    with tempfile.TemporaryDirectory(prefix="underlabel-test-") as folder, Browser() as browser:
        page = browser.page()
        check_self(page, folder)
        print(f"self-check: {time.monotonic() - started:.1f} s")
        if re.search(r"(?m)^\s*--html\b", run("inspect", "--help").text()):
            for name, path, options in inputs():
                check_written(page, name, path, options)
        else:
            checks.skip("the pages of inspect: this build writes no pages")
    print(f"{time.monotonic() - started:.1f} s of about {SECONDS}; pictures in {os.path.relpath(PICTURES)}")
    checks.done()


main()
