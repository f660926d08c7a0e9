// SPDX-License-Identifier: LGPL-2.1-or-later
// What pagecheck.py looks for in a page.  One expression: an object of functions; most give findings,
// a list of {rule, place, message}.  It writes nothing into the page but one name on window (focusables).
(() => {
  const HEADINGS = "h1, h2, h3, h4, h5, h6";
  const SHAPES = "rect, circle, ellipse, path, polygon, polyline, line";
  const REFERENCES = ["aria-labelledby", "aria-describedby", "aria-details", "aria-controls", "aria-owns", "aria-flowto", "headers", "for", "list"];
  const FOCUSABLE = "a[href], area[href], button, input, select, textarea, summary, iframe, audio[controls], video[controls], [tabindex], [contenteditable]";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const collapse = text => text.replace(/\s+/g, " ").trim();
  const finding = (rule, element, message) => ({rule, place: place(element), message});
  const styles = new Map();
  const style = element => {
    if (!styles.has(element)) styles.set(element, getComputedStyle(element));
    return styles.get(element);
  };

  // "section#maker > table > tr:nth(2) > td «12»": up to the nearest id.
  function place(element) {
    if (!element || element.nodeType !== 1) return "document";
    const steps = [];
    for (let e = element; e && e.nodeType === 1 && steps.length < 6; e = e.parentElement) {
      const twins = e.parentElement ? [...e.parentElement.children].filter(c => c.tagName === e.tagName) : [e];
      steps.unshift(e.localName + (e.id ? "#" + e.id : twins.length > 1 ? `:nth(${twins.indexOf(e) + 1})` : ""));
      if (e.id) break;
    }
    const pointer = element.getAttribute("data-json"), text = collapse(element.textContent).slice(0, 40);
    return steps.join(" > ") + (pointer === null ? "" : ` [${pointer}]`) + (text ? ` «${text}»` : "");
  }

  const ancestors = element => {
    const list = [];
    for (let e = element; e; e = e.parentElement) list.push(e);
    return list;
  };

  // Out of sight on purpose: what only a reader's voice or a focus brings up.
  function aside(element) {
    return ancestors(element).some(e => {
      const s = style(e);
      if (s.position !== "absolute" && s.position !== "fixed") return false;
      const box = e.getBoundingClientRect();
      return box.right + scrollX <= 0 || box.bottom + scrollY <= 0 || (box.width <= 1 && box.height <= 1) ||
        /inset\(50%|inset\(100%|circle\(0/.test(s.clipPath) || /rect\((0px|1px)[, ]+(0px|1px)/.test(s.clip);
    });
  }

  const rendered = element => element.checkVisibility({visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: false});
  const visible = element => rendered(element) && !aside(element);

  // Every piece of text that is seen: [{node, element, boxes}].
  function texts() {
    const found = [], seen = new Map(), walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!/\S/.test(node.data) || element.closest("script, style, template, noscript, head, svg title, svg desc")) continue;
      if (!seen.has(element)) seen.set(element, visible(element));
      if (!seen.get(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()].filter(b => b.width > 0 && b.height > 0);
      if (boxes.length) found.push({node, element, boxes});
    }
    return found;
  }

  const svgOf = element => {
    let svg = element instanceof SVGElement ? element.ownerSVGElement || element : null;
    while (svg && svg.ownerSVGElement) svg = svg.ownerSVGElement;
    return svg && !element.closest("foreignObject") ? svg : null;
  };

  const matrixScale = element => {
    const m = element.getScreenCTM && element.getScreenCTM();
    return m ? Math.sqrt(Math.abs(m.a * m.d - m.b * m.c)) : 1;
  };

  // --- the document ---------------------------------------------------------------------------------

  function head(policy) {
    const found = [], tell = (message, element) => found.push(finding("head", element || document.documentElement, message));
    if (!document.doctype || document.doctype.name !== "html" || document.compatMode !== "CSS1Compat") tell("no <!DOCTYPE html>");
    if (!/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(document.documentElement.lang)) tell("no lang, or none that is a language");
    if (!collapse(document.title)) tell("no title");
    if (document.characterSet !== "UTF-8" || !document.querySelector("meta[charset=utf-8 i]")) tell("no <meta charset=\"utf-8\">");
    const viewport = document.querySelector("meta[name=viewport]");
    if (!viewport || !/width\s*=\s*device-width/.test(viewport.content)) tell("no viewport of the device's width");
    else if (/user-scalable\s*=\s*(no|0)|maximum-scale\s*=\s*[0-4](\.|,|$)/.test(viewport.content)) tell("zooming is forbidden", viewport);
    const csp = all("meta[http-equiv=Content-Security-Policy i]");
    if (csp.length !== 1 || collapse(csp[0].content) !== policy) tell("the content security policy is not: " + policy, csp[0]);
    else if (document.head.querySelector("style") && csp[0].compareDocumentPosition(document.head.querySelector("style")) & 2) tell("the policy stands after what it is to bind", csp[0]);
    return found;
  }

  // One file: nothing runs, nothing is fetched, no way leads out.
  function contained(outsideLinks) {
    const found = [], tell = (element, message) => found.push(finding("contained", element, message));
    for (const e of all("script, iframe, object, embed, base, form, link, audio, video, applet, frame, meta[http-equiv=refresh i]"))
      tell(e, `<${e.localName}> in a page that stands alone`);
    for (const e of all("*")) {
      for (const {name, value} of e.attributes) {
        const reference = /^(src|srcset|href|xlink:href|data|poster|action|formaction|background|ping|manifest|cite|longdesc)$/.test(name);
        if (/^on/.test(name)) tell(e, `attribute ${name}`);
        else if (reference && /^\s*javascript:/i.test(value)) tell(e, `${name}=${value}`);
        else if (reference && !/^(#|data:image\/)/.test(value) && !(outsideLinks && e.localName === "a" && /^https:\/\//.test(value)))
          tell(e, `leads out of the page: ${name}=${value.slice(0, 80)}`);
        else if (name !== "style" && !reference) for (const url of outside(value)) tell(e, `${name} fetches ${url}`);
      }
      if (e.localName === "style" || e.hasAttribute("style")) {
        const css = e.localName === "style" ? e.textContent : e.getAttribute("style");
        if (/@import/i.test(css)) tell(e, "@import");
        for (const url of outside(css)) tell(e, `style fetches ${url}`);
      }
    }
    return found;
  }

  function outside(css) {
    return [...css.matchAll(/url\(\s*(["']?)([^)"']*)\1\s*\)/gi)].map(m => m[2]).filter(url => !/^(#|data:image\/)/.test(url)).map(url => url.slice(0, 80));
  }

  // --- structure --------------------------------------------------------------------------------------

  function landmarks() {
    const found = [], tell = (element, message) => found.push(finding("landmarks", element, message));
    const roles = {header: "header, [role=banner]", nav: "nav, [role=navigation]", main: "main, [role=main]", footer: "footer, [role=contentinfo]"};
    const tops = {};
    for (const [name, selector] of Object.entries(roles)) {
      tops[name] = all(selector).filter(e => rendered(e) && (name === "nav" || !e.parentElement.closest("article, aside, main, nav, section")));
      if (tops[name].length === 0) tell(null, `no <${name}>`);
      if (tops[name].length > 1 && name !== "nav") tell(tops[name][1], `a second <${name}>`);
      if (tops[name].length > 1 && name === "nav")
        for (const e of tops.nav) if (!e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby")) tell(e, "one of several <nav> without a name");
    }
    if (tops.main.length && tops.main[0].id !== "main") tell(tops.main[0], "<main> has not the id main");
    const skip = document.querySelector("a[href='#main']");
    if (!skip) tell(null, "no skip link to #main");
    const inside = Object.values(roles).join(", ");
    for (const {element} of texts()) if (!element.closest(inside) && element !== skip && !skip?.contains(element)) tell(element, "text outside every landmark");
    return found;
  }

  function headings() {
    const found = [], list = all(HEADINGS).filter(rendered);
    const ones = list.filter(e => e.localName === "h1");
    if (ones.length !== 1) found.push(finding("headings", ones[1], `${ones.length} h1`));
    let level = 0;
    for (const e of list) {
      const own = Number(e.localName[1]);
      if (own > level + 1) found.push(finding("headings", e, level ? `h${own} after h${level}` : `the first heading is an h${own}`));
      if (!collapse(e.textContent)) found.push(finding("headings", e, "an empty heading"));
      level = own;
    }
    for (const e of all("[role=heading]")) found.push(finding("headings", e, "role=heading where there are h1 to h6"));
    return found;
  }

  function ids() {
    const found = [], seen = new Set();
    for (const e of all("[id]")) {
      if (seen.has(e.id)) found.push(finding("ids", e, `the id ${e.id} once more`));
      if (!e.id || /\s/.test(e.id)) found.push(finding("ids", e, "an id that is empty or has blanks"));
      seen.add(e.id);
    }
    const look = (e, name, id) => { if (!seen.has(id)) found.push(finding("references", e, `${name} names ${id}, which is nowhere`)); };
    for (const e of all("*")) {
      for (const {name, value} of e.attributes) {
        if (REFERENCES.includes(name) && !(name === "for" && e.localName === "output")) for (const id of value.split(/\s+/).filter(Boolean)) look(e, name, id);
        else if (/^(xlink:)?href$/.test(name) && value[0] === "#") look(e, name, decodeURIComponent(value.slice(1)));
        else for (const m of value.matchAll(/url\(\s*["']?#([^)"']+)["']?\s*\)/g)) look(e, name, m[1]);
      }
    }
    return found;
  }

  function images() {
    const found = [], tell = (element, message) => found.push(finding("images", element, message));
    for (const e of all("img")) if (!e.hasAttribute("alt")) tell(e, "an image without alt");
    for (const e of all("svg").filter(s => !s.parentElement.closest("svg"))) {
      if (e.getAttribute("aria-hidden") === "true") {
        if (all("text", e).some(t => collapse(t.textContent))) tell(e, "text in a drawing that is hidden from readers");
        continue;
      }
      if (e.getAttribute("role") !== "img") tell(e, "an svg without role=img");
      const names = (e.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean).map(id => document.getElementById(id));
      for (const part of ["title", "desc"]) {
        const own = e.querySelector(`:scope > ${part}`);
        if (!own || !collapse(own.textContent)) tell(e, `an svg without ${part}`);
        else if (!names.includes(own)) tell(e, `aria-labelledby does not name its ${part}`);
      }
    }
    return found;
  }

  function tables() {
    const found = [], tell = (element, message) => found.push(finding("tables", element, message));
    for (const table of all("table")) {
      const caption = table.querySelector(":scope > caption");
      if (!caption || !collapse(caption.textContent)) tell(table, "a table without caption");
      if (!table.querySelector("th")) tell(table, "a table without a header");
      for (const th of all("th", table)) {
        if (!["col", "row", "colgroup", "rowgroup"].includes(th.getAttribute("scope"))) tell(th, "a header without scope");
        if (!collapse(th.textContent)) tell(th, "an empty header");
      }
    }
    return found;
  }

  // Wide parts: what scrolls can be reached by keys and has a name.
  function scrollers() {
    const found = [], tell = (element, message) => found.push(finding("scroll", element, message));
    for (const e of all("body *")) {
      const s = style(e), across = /auto|scroll/.test(s.overflowX) && e.scrollWidth > e.clientWidth;
      const down = /auto|scroll/.test(s.overflowY) && e.scrollHeight > e.clientHeight;
      if (e instanceof SVGElement || !rendered(e) || !(across || down || e.classList.contains("scroll"))) continue;
      if (e.getAttribute("tabindex") !== "0") tell(e, "scrolls, but no key gets there (tabindex)");
      if (e.getAttribute("role") !== "region") tell(e, "scrolls without role=region");
      if (!collapse(e.getAttribute("aria-label") || "") && !e.getAttribute("aria-labelledby")) tell(e, "scrolls without a name");
    }
    return found;
  }

  // --- colours ------------------------------------------------------------------------------------------

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const colours = new Map();

  // Any CSS colour as [red, green, blue, alpha], 0 to 255 and 0 to 1.
  function colour(css) {
    if (!colours.has(css)) {
      const m = /^rgba?\(\s*([\d.]+)[, ]+([\d.]+)[, ]+([\d.]+)(?:\s*[,/]\s*([\d.]+)(%?))?\s*\)$/.exec(css);
      if (m) colours.set(css, [+m[1], +m[2], +m[3], m[4] === undefined ? 1 : m[5] ? m[4] / 100 : +m[4]]);
      else {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = css;
        canvas.fillRect(0, 0, 1, 1);
        const d = canvas.getImageData(0, 0, 1, 1).data;
        colours.set(css, [d[0], d[1], d[2], d[3] / 255]);
      }
    }
    return colours.get(css);
  }

  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const fade = (c, alpha) => [c[0], c[1], c[2], c[3] * alpha];
  const luminance = c => {
    const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const hex = c => "#" + c.slice(0, 3).map(v => Math.round(v).toString(16).padStart(2, "0")).join("");

  let paperOnly = false;
  const laid = new Map();

  let under = null;

  // The colour under everything: white or what color-scheme makes of it.
  function ground() {
    if (paperOnly) return [255, 255, 255, 1];
    if (under) return under;
    const probe = document.createElement("div");
    probe.style.cssText = "position: absolute; visibility: hidden; background: Canvas";
    document.documentElement.append(probe);
    under = colour(getComputedStyle(probe).backgroundColor);
    probe.remove();
    return under;
  }

  // What an element lays down: a list of colours (each stop of a gradient is one), or null where a picture lies there.
  function fills(element) {
    if (!laid.has(element)) laid.set(element, layersOf(element));
    return laid.get(element);
  }

  function layersOf(element) {
    const s = style(element);
    if (paperOnly && s.printColorAdjust !== "exact") return [[0, 0, 0, 0]];
    const base = colour(s.backgroundColor), image = s.backgroundImage;
    if (!image || image === "none") return [base];
    if (/url\(/.test(image)) return null;
    const stops = (image.match(/(rgba?|color|oklch|oklab|lab|lch|hsla?)\([^()]*\)/g) || []).map(colour);
    return stops.length ? stops.map(c => c[3] === 1 ? c : over(c, base).slice(0, 3).concat(base[3] === 1 ? 1 : c[3])) : [base];
  }

  // [[background, text], …] for text of a colour in an element, through the layers and opacities above it; null: a picture.
  function painted(element, text) {
    const chain = ancestors(element).reverse();
    const into = (i, behind) => {
      const layers = fills(chain[i]), alpha = Number(style(chain[i]).opacity), last = i === chain.length - 1;
      if (!layers) return last || !chain.slice(i + 1).some(e => (fills(e) || []).some(c => c[3] === 1)) ? null : into(i + 1, behind);
      let pairs = [];
      for (const layer of layers.slice(0, 8)) {
        const here = over(layer, behind), inner = last ? [[here, over(text, here)]] : into(i + 1, here);
        if (!inner) return null;
        pairs = pairs.concat(inner);
      }
      return alpha === 1 ? pairs : pairs.map(pair => pair.map(c => over(fade(c, alpha), behind)));
    };
    return into(0, ground());
  }

  const isLarge = element => {
    const s = style(element), size = parseFloat(s.fontSize) * (svgOf(element) ? matrixScale(element) : 1);
    return size >= 24 || (size >= 18.66 && Number(s.fontWeight) >= 700);
  };

  const opacityWithin = (element, top) => {
    let alpha = 1;
    for (let e = element; e && e !== top; e = e.parentElement) alpha *= Number(style(e).opacity);
    return alpha;
  };

  // A shape's colour at a point of the screen: null where it is not, "pattern" where it is no plain colour.
  function shapeAt(shape, svg, x, y) {
    const m = shape.getScreenCTM();
    if (!m) return null;
    const point = new DOMPoint(x, y).matrixTransform(m.inverse()), s = style(shape);
    for (const [paint, alpha, within] of [[s.stroke, s.strokeOpacity, () => shape.isPointInStroke(point)], [s.fill, s.fillOpacity, () => shape.isPointInFill(point)]]) {
      if (paint === "none" || Number(alpha) === 0 || !within()) continue;
      return /^url/.test(paint) ? "pattern" : fade(colour(paint), Number(alpha) * opacityWithin(shape, svg));
    }
    return null;
  }

  // [[background, text], …] at a few points of a text in a drawing; a string says why it can't be told.
  function paintedInSvg(element, svg, boxes) {
    const behind = painted(svg, [0, 0, 0, 0]), s = style(element);
    if (!behind) return "a picture lies behind it";
    if (/^url/.test(s.fill)) return "it is filled with a pattern or gradient";
    if (s.fill === "none") return [];
    const text = fade(colour(s.fill), Number(s.fillOpacity) * opacityWithin(element, svg));
    const shapes = all(SHAPES, svg).filter(e => !e.closest("defs, clipPath, mask, symbol, pattern, marker") && rendered(e));
    const pairs = [];
    for (const box of boxes) {
      const y = box.top + box.height / 2, level = box.width > box.height;
      for (const x of level ? [box.left + 2, box.left + box.width / 2, box.right - 2] : [box.left + box.width / 2]) {
        let below = behind[0][0];
        for (const shape of shapes) {
          const c = shapeAt(shape, svg, x, y);
          if (!c) continue;
          if (shape.compareDocumentPosition(element) & 2) {
            if (c === "pattern" || c[3] > 0.5) return "a later shape lies on it";
          } else if (c === "pattern") return "a pattern or gradient lies behind it";
          else below = over(c, below);
        }
        pairs.push([below, over(text, below)]);
      }
    }
    return pairs;
  }

  // paper: as printed without backgrounds, which is how most browsers print.
  function contrast(paper) {
    paperOnly = paper;
    const found = [], seen = new Set();
    for (const {element, boxes} of texts()) {
      const svg = svgOf(element);
      if (!svg && seen.has(element)) continue;
      seen.add(element);
      const pairs = svg ? paintedInSvg(element, svg, boxes) : painted(element, colour(style(element).color));
      if (!pairs || typeof pairs === "string") {
        found.push(finding("contrast", element, "contrast can't be told: " + (pairs || "a picture lies behind it")));
        continue;
      }
      const worst = pairs.map(([a, b]) => [ratio(a, b), a, b]).sort((x, y) => x[0] - y[0])[0];
      const wanted = isLarge(element) ? 3 : 4.5;
      if (worst && worst[0] < wanted)
        found.push(finding("contrast", element, `${hex(worst[2])} on ${hex(worst[1])} is ${worst[0].toFixed(2)}, less than ${wanted}`));
    }
    return found;
  }

  // The page's own background, 0 black to 1 white.
  function brightness() {
    const pairs = painted(document.body, [0, 0, 0, 0]);
    return pairs ? luminance(pairs[0][0]) : null;
  }

  // --- layout -------------------------------------------------------------------------------------------

  const clips = new Map();

  // [[element, across, down], …]: the ancestors whose edges cut, until one that scrolls there.
  function cutters(element, paper) {
    const list = [], svg = svgOf(element);
    let across = true, down = true;
    for (let e = svg || element; e && e !== document.body && e !== document.documentElement; e = e.parentElement) {
      const s = style(e), inline = s.display === "inline" && e !== svg;
      const cut = value => /hidden|clip/.test(value) || (paper && /auto|scroll/.test(value));
      if (!inline && !(e instanceof SVGElement && e !== svg)) {
        const x = across && cut(s.overflowX), y = down && cut(s.overflowY);
        if (x || y) list.push([e, x, y]);
        if (!paper && /auto|scroll/.test(s.overflowX)) across = false;
        if (!paper && /auto|scroll/.test(s.overflowY)) down = false;
      }
      if (s.position === "fixed") break;
    }
    return {list, across};
  }

  // paper: nothing scrolls.  smallest: the least size of letters in CSS pixels.
  function layout(paper, smallest) {
    const found = [], page = document.scrollingElement, width = page.clientWidth, cut = new Set();
    if (page.scrollWidth > width) {
      found.push(finding("overflow", null, `the document is ${page.scrollWidth} wide in a window of ${width}`));
      const wide = all("body *").filter(e => !(e instanceof SVGElement && e.ownerSVGElement) && rendered(e) && e.getBoundingClientRect().right > width + 1);
      for (const e of wide.filter(e => !wide.some(o => o !== e && e.contains(o))).slice(0, 5)) found.push(finding("overflow", e, "reaches over the right edge"));
    }
    for (const {element, boxes} of texts()) {
      const svg = svgOf(element), size = parseFloat(style(element).fontSize) * (svg ? matrixScale(element) : 1);
      if (size < smallest) found.push(finding("small", element, `letters of ${size.toFixed(1)} px`));
      if (cut.has(element)) continue;
      if (!clips.has(element)) clips.set(element, cutters(element, paper));
      const {list, across} = clips.get(element);
      const slack = size * 0.3;
      const cutting = list.find(([e, x, y]) => {
        const c = e.getBoundingClientRect();
        return boxes.some(b => (x && (b.left < c.left - 1 || b.right > c.right + 1)) || (y && (b.top < c.top - slack || b.bottom > c.bottom + slack)));
      });
      if (cutting) found.push(finding("clipped", element, "its text is cut off by " + place(cutting[0]).replace(/ «.*/, "")));
      else if (boxes.some(b => (across && b.right + scrollX > page.scrollWidth + 1) || b.left + scrollX < -1 || b.top + scrollY < -1)) found.push(finding("clipped", element, "its text reaches over the page's edge"));
      else continue;
      cut.add(element);
    }
    return found.concat(overlaps());
  }

  // Labels of one drawing that lie on each other.
  function overlaps() {
    const found = [], drawings = new Map();
    for (const {element, boxes} of texts()) {
      const svg = svgOf(element);
      if (svg) drawings.set(svg, (drawings.get(svg) || []).concat(boxes.map(b => ({element, b}))));
    }
    for (const labels of drawings.values()) {
      labels.sort((p, q) => p.b.top - q.b.top);
      for (let i = 0; i < labels.length; i++) {
        for (let k = i + 1; k < labels.length && labels[k].b.top < labels[i].b.bottom; k++) {
          const p = labels[i].b, q = labels[k].b;
          const x = Math.min(p.right, q.right) - Math.max(p.left, q.left), y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
          if (x > 2 && y > 0.4 * Math.min(p.height, q.height)) found.push(finding("overlap", labels[k].element, "lies on " + place(labels[i].element)));
        }
      }
    }
    return found;
  }

  // Links within a line of text may be as high as the line.
  function targets() {
    const found = [];
    for (const e of all("a[href], button, summary, input:not([type=hidden]), select, textarea, [role=button], [role=link]").filter(visible)) {
      const boxes = [...e.getClientRects()], high = Math.max(...boxes.map(b => b.height)), wide = Math.max(...boxes.map(b => b.width));
      if (!boxes.length || (high >= 23.9 && wide >= 23.9)) continue;
      let block = e.parentElement;
      while (block && style(block).display.startsWith("inline")) block = block.parentElement;
      const others = all("a, button", block).reduce((length, o) => length + collapse(o.textContent).length, 0);
      const inText = style(e).display === "inline" && e.localName === "a" && collapse(block.textContent).length > others + 2;
      if (!inText) found.push(finding("targets", e, `${Math.round(wide)} by ${Math.round(high)} px to hit, less than 24`));
    }
    return found;
  }

  // --- focus --------------------------------------------------------------------------------------------

  const LOOKS = ["outlineStyle", "outlineWidth", "outlineColor", "outlineOffset", "boxShadow", "borderTopColor", "borderTopWidth", "borderBottomWidth",
    "borderBottomColor", "backgroundColor", "textDecorationLine", "stroke", "strokeWidth"];
  const looks = element => {
    const s = getComputedStyle(element), ring = s.outlineStyle === "none" || parseFloat(s.outlineWidth) === 0;
    return LOOKS.map(name => ring && name.startsWith("outline") ? "none" : s[name]).join("; ");
  };

  // Notes every element that the Tab key should reach, in the document's order, and how it looks at rest.
  function focusables() {
    const closed = e => { const d = e.parentElement.closest("details:not([open])"); return d && !(e.localName === "summary" && e.parentElement === d && !d.parentElement.closest("details:not([open])")); };
    const list = all(FOCUSABLE).filter(e => e.tabIndex >= 0 && !e.disabled && !e.closest("[inert]") && e.checkVisibility({visibilityProperty: true}) && !closed(e) &&
      !(e.localName === "summary" && e.parentElement.querySelector(":scope > summary") !== e));
    window.focusables = list.map(element => ({element, rest: looks(element)}));
    document.activeElement.blur();
    return {count: list.length, findings: list.filter(e => e.tabIndex > 0).map(e => finding("focus", e, "a tabindex above 0")),
      first: list.length ? list[0].getAttribute("href") : null};
  }

  // What is wrong with how the focus is shown on an element that has it.
  function shown(element, rest) {
    const found = [], s = getComputedStyle(element);
    if (looks(element) === rest) found.push(finding("focus", element, "looks with the focus as without"));
    if (s.outlineStyle !== "none" && s.outlineStyle !== "auto" && parseFloat(s.outlineWidth) > 0 && element.parentElement) {
      const ring = painted(element.parentElement, colour(s.outlineColor));
      const worst = ring ? Math.min(...ring.map(([back, line]) => ratio(back, line))) : 21;
      if (worst < 3) found.push(finding("focus", element, `its outline has a contrast of ${worst.toFixed(2)}, less than 3`));
    }
    return found;
  }

  // Where the focus is now: its index among the focusables (-1 elsewhere, null nowhere), and what is wrong with how it is shown.
  function focused() {
    const e = document.activeElement;
    if (!e || e === document.body || e === document.documentElement) return {index: null, findings: []};
    const index = window.focusables.findIndex(f => f.element === e), found = index >= 0 ? shown(e, window.focusables[index].rest) : [];
    const b = e.getBoundingClientRect();
    if (b.bottom <= 0 || b.right <= 0 || b.top >= innerHeight || b.left >= innerWidth || b.width <= 1 || b.height <= 1 ||
        !e.checkVisibility({opacityProperty: true, visibilityProperty: true})) found.push(finding("focus", e, "has the focus out of sight"));
    return {index, place: place(e), inMain: !!e.closest("main"), findings: found};
  }

  // After a walk by key, which makes the browser show the focus: how each stop looks now, in other colours.
  function focusLooks() {
    return window.focusables.flatMap(({element}) => {
      document.activeElement.blur();
      const rest = looks(element);
      element.focus();
      return element.matches(":focus-visible") ? shown(element, rest) : [finding("focus", element, "does not take the focus")];
    });
  }

  // --- paper and figures ----------------------------------------------------------------------------------

  function rules(list) {
    return [...list].flatMap(rule => rule.cssRules && !(rule instanceof CSSStyleRule) ? [rule, ...rules(rule.cssRules)] : [rule]);
  }

  const lengthInPixels = css => {
    const m = /^([\d.]+)(mm|cm|in|pt|px)$/.exec(css);
    return m ? m[1] * {mm: 96 / 25.4, cm: 96 / 2.54, in: 96, pt: 96 / 72, px: 1}[m[2]] : null;
  };

  // What of the page is for paper.
  function paper() {
    const css = [...document.styleSheets].flatMap(sheet => rules(sheet.cssRules));
    const margins = {left: 38, right: 38};  // 0.4 inch, as where no @page says it
    for (const rule of css.filter(r => r instanceof CSSPageRule))
      for (const side of ["left", "right"]) margins[side] = lengthInPixels(rule.style["margin-" + side]) ?? margins[side];
    return {rules: css.some(r => r instanceof CSSMediaRule && /print/.test(r.media.mediaText) && r.cssRules.length),
      dark: css.some(r => r instanceof CSSMediaRule && /prefers-color-scheme/.test(r.conditionText)),
      width: Math.floor(210 / 25.4 * 96 - margins.left - margins.right)};
  }

  // To be asked in print media: what is of use on a screen alone.
  function screenOnly() {
    const skip = document.querySelector("a[href='#main']");
    return all("nav, nav a").concat(skip || []).filter(rendered).map(e => finding("print", e, "is on paper, where no one can press it"));
  }

  const headingTexts = () => all(HEADINGS).filter(visible).map(e => ({text: e.textContent, place: place(e)}));
  const figures = () => all("[data-json]").map(e => ({pointer: e.getAttribute("data-json"), text: e.textContent}));
  // Of the elements with these numbers in the list of figures.
  const figurePlaces = numbers => { const list = all("[data-json]"); return numbers.map(n => place(list[n])); };
  const openDetails = () => { for (const e of all("details")) e.open = true; };

  return {place, head, contained, landmarks, headings, ids, images, tables, scrollers, contrast, brightness, layout, targets, focusables, focused, focusLooks,
    paper, screenOnly, headingTexts, figures, figurePlaces, openDetails};
})()
