/// The script of the flame graph. It reads positions back from the boxes (millionths of the width,
/// so that sums are exact integers) and writes names only as text, never as markup.
enum FlameGraphScript {
  static let source: StaticString = #"""

    (function () {
    "use strict";
    const $ = id => document.getElementById(id);
    const svg = document.documentElement, area = $("frames"), field = $("search");
    const ALL = 1e6;
    const units = s => Math.round(parseFloat(s) * 1e4);
    const frames = Array.from(area.children, (g, index) => {
      const rect = g.querySelector("rect"), title = g.firstElementChild.textContent;
      const x = units(rect.getAttribute("x"));
      return { g, rect, index, title, x, end: x + units(rect.getAttribute("width")),
        y: +rect.getAttribute("y"), label: g.querySelector("text"), name: title.split("\n", 1)[0],
        scoped: g.classList.contains("scoped") };
    });
    const rootY = frames.length ? frames[0].y : 0;
    const level = f => Math.abs(f.y - rootY);
    const height = +svg.getAttribute("height");
    const hint = "Click zooms, 0 resets, / searches, n and N step through matches, Esc goes back.";
    let zoomed = frames[0], from = 0, to = ALL, pattern = "", hits = [], current = -1;
    let advance = 7.2;

    svg.removeAttribute("viewBox");
    svg.setAttribute("width", "100%");

    function measure() {
      const probe = document.createElementNS(svg.namespaceURI, "text");
      probe.textContent = "M".repeat(100);
      area.appendChild(probe);
      advance = probe.getComputedTextLength() / 100 || 7.2;
      probe.remove();
    }

    function columns(text) {
      let n = 0;
      for (const c of text) n += c.codePointAt(0) < 0x1100 ? 1 : 2;
      return n;
    }

    function cut(text, room) {
      if (room < 3) return "";
      if (columns(text) <= room) return text;
      let out = "", n = 2;
      for (const c of text) {
        n += c.codePointAt(0) < 0x1100 ? 1 : 2;
        if (n > room) break;
        out += c;
      }
      return out + "..";
    }

    // "sklearn.tree._tree.Tree.predict" tells least at its start.
    function withoutScopes(text, room) {
      if (columns(text) <= room) return text;
      const end = text.search(/[ \[]|$/);
      let start = 0;
      for (let dot; end - start + 2 > room; start = dot + 1) {
        dot = text.indexOf(".", start);
        if (dot < 0 || dot >= end) break;
      }
      return text.slice(start);
    }

    function label(f, x, text) {
      if (!f.label) {
        if (!text) return;
        f.label = document.createElementNS(svg.namespaceURI, "text");
        f.label.setAttribute("dx", "3");
        f.label.setAttribute("y", f.y + 12);
        f.g.appendChild(f.label);
      }
      f.label.setAttribute("x", x);
      f.label.textContent = text;
    }

    const lines = ["title", "subtitle", "coverage", "facts"].map(id =>
      ({ line: $(id), text: Array.from($(id).textContent) }));

    // The search field stands to the right of the title. What is too long loses its middle.
    function fit(width) {
      for (const { line, text } of lines) {
        const room = line.id === "title" ? width - 300 : width;
        line.textContent = text.join("");
        let kept = text.length;
        while (kept > 8 && line.getComputedTextLength() > room) {
          kept = Math.min(kept - 1, Math.ceil(kept * room / line.getComputedTextLength()));
          line.textContent = text.slice(0, kept >> 1).join("") + "…"
            + text.slice(text.length - (kept >> 1)).join("");
        }
      }
    }

    function draw() {
      const width = Math.max(svg.getBoundingClientRect().width - 20, 1), span = to - from;
      fit(width);
      area.setAttribute("width", width);
      for (const f of frames) {
        const out = f.end <= from || f.x >= to;
        f.g.style.display = out ? "none" : "";
        if (out) continue;
        const a = Math.max(f.x, from), b = Math.min(f.end, to);
        const x = (a - from) / span * 100 + "%";
        f.rect.setAttribute("x", x);
        f.rect.setAttribute("width", (b - a) / span * 100 + "%");
        const room = Math.floor(((b - a) / span * width - 6) / advance);
        label(f, x, cut(f.scoped ? withoutScopes(f.name, room) : f.name, room));
        f.g.classList.toggle("anc", level(f) < level(zoomed));
      }
      $("reset").style.display = span === ALL ? "none" : "";
    }

    function zoom(f) {
      zoomed = f;
      from = f.x;
      to = Math.max(f.end, f.x + 1);
      draw();
      search(pattern);
    }

    function expression(text) {
      try { return new RegExp(text, /[A-Z]/.test(text) ? "" : "i"); } catch (e) { return null; }
    }

    // Matched time is the union of the matches: a match inside a match counts once.
    function search(text) {
      pattern = text;
      const regex = text ? expression(text) : null;
      hits = [];
      for (const f of frames) {
        const hit = regex !== null && regex.test(f.name);
        f.g.classList.toggle("hit", hit);
        if (hit && f.end > from && f.x < to) hits.push(f);
      }
      hits.sort((p, q) => p.x - q.x || level(p) - level(q));
      let sum = 0, end = from;
      for (const f of hits) {
        const a = Math.max(f.x, end), b = Math.min(f.end, to);
        if (b > a) { sum += b - a; end = b; }
      }
      $("matched").textContent = !text ? "" : regex === null ? "not a regular expression"
        : "Matched: " + (100 * sum / (to - from)).toFixed(1) + "% in " + hits.length
          + (hits.length === 1 ? " frame" : " frames");
      mark(-1);
      remember();
    }

    function mark(index) {
      if (hits[current]) hits[current].g.classList.remove("cur");
      for (const f of area.querySelectorAll(".cur")) f.classList.remove("cur");
      current = index;
      const f = hits[current];
      if (!f) return describe(null);
      f.g.classList.add("cur");
      f.g.parentNode.appendChild(f.g);
      describe(f);
      const above = f.y - 100 - scrollY, below = f.y + 50 - scrollY - innerHeight;
      if (above < 0 || below > 0) scrollBy(0, above < 0 ? above : below);
    }

    function step(by) {
      if (hits.length) mark(current < 0 ? (by > 0 ? 0 : hits.length - 1)
        : (current + by + hits.length) % hits.length);
    }

    function describe(f) {
      $("details").textContent = f ? f.title.split("\n").join("  |  ") : hint;
    }

    // The view is part of the address, so that a link shows what its sender saw.
    function remember() {
      const parts = [];
      if (zoomed && zoomed.index > 0) parts.push("zoom=" + zoomed.index);
      if (pattern) parts.push("search=" + encodeURIComponent(pattern));
      try {
        history.replaceState(null, "", location.pathname + location.search
          + (parts.length ? "#" + parts.join("&") : ""));
      } catch (e) { /* Not every viewer lets a file change its address. */ }
    }

    function recall() {
      const state = new URLSearchParams(location.hash.slice(1));
      const f = frames[+state.get("zoom")];
      pattern = state.get("search") || "";
      field.value = pattern;
      zoom(f || frames[0]);
    }

    // Title and details stay in sight however tall the graph is.
    function stick() {
      $("head").setAttribute("transform", "translate(0 " + scrollY + ")");
      $("foot").setAttribute("transform",
        "translate(0 " + (Math.min(height, scrollY + innerHeight) - 28) + ")");
    }

    function clear() {
      if (pattern) { field.value = ""; search(""); } else zoom(frames[0]);
    }

    const frameOf = new Map(frames.map(f => [f.g, f]));
    const owner = target => target.closest && frameOf.get(target.closest("#frames > g"));

    area.addEventListener("click", event => {
      const f = owner(event.target);
      if (f) zoom(f);
    });
    area.addEventListener("mouseover", event => {
      const f = owner(event.target);
      if (f) describe(f);
    });
    area.addEventListener("mouseleave", () => describe(hits[current] || null));
    $("reset").addEventListener("click", () => zoom(frames[0]));
    field.addEventListener("input", () => search(field.value));
    addEventListener("keydown", event => {
      const typing = event.target === field;
      if ((event.ctrlKey || event.metaKey) && event.key === "f" || !typing && event.key === "/") {
        field.focus();
        field.select();
      } else if (event.key === "Escape") {
        clear();
        field.blur();
      } else if (typing && event.key === "Enter") {
        // As in a pager: what follows are n and N.
        field.blur();
        step(event.shiftKey ? -1 : 1);
      } else if (typing || event.ctrlKey || event.metaKey || event.altKey) {
        return;
      } else if (event.key === "n") {
        step(1);
      } else if (event.key === "N") {
        step(-1);
      } else if (event.key === "0") {
        zoom(frames[0]);
      } else {
        return;
      }
      event.preventDefault();
    });
    addEventListener("resize", () => { draw(); stick(); });
    addEventListener("scroll", stick);
    addEventListener("hashchange", recall);

    if (!frames.length) return;
    // What only a script can serve is hidden until there is one.
    $("field").style.display = "";
    measure();
    recall();
    if (rootY > height / 2) scrollTo(0, height);
    stick();
    })();

    """#
}
