/// What the reader does, by pointer and by key.
extension HtmlScript {
  static let input: StaticString = #"""

    // --- what the reader does ---

    function choose(fn) {
      S.fn = fn;
      if (S.tab !== "callers") S.tab = "callers";
      changed();
    }

    function zoomTo(item, event) {
      hover(null);
      if (!item.isGroup) S.fn = item.fn;
      if (event && (event.ctrlKey || event.metaKey)) return choose(item.fn);
      if (S.tab === "inverted") S.inverseZoom = item.id;
      else if (S.tab === "compare") S.compareZoom = item.id || null;
      else S.zoom = item.id || null;
      changed();
    }

    function unzoom() {
      if (S.tab === "inverted") S.inverseZoom = [];
      else if (S.tab === "compare") S.compareZoom = null;
      else S.zoom = null;
      changed();
    }

    // Nodes have other numbers in another tree.
    function forgetZoom() {
      S.zoom = S.compareZoom = null;
      S.inverseZoom = [];
    }

    function setRange(from, to) {
      [S.from, S.to] = [from, to];
      changed();
    }

    function pickThread(lane, isAdded) {
      const was = S.threads.has(lane.index), count = S.threads.size;
      if (!isAdded) S.threads.clear();
      if (isAdded && was) S.threads.delete(lane.index);
      else if (!was || count > 1) S.threads.add(lane.index);
      changed();
    }

    // One thread after the other, then all again.
    function nextThread() {
      const order = timeline.order, at = order.findIndex(lane => S.threads.has(lane.index));
      S.threads.clear();
      if (at + 1 < order.length) S.threads.add(order[at + 1].index);
      changed();
    }

    const shownView = () => ({ flame, inverted, compare: compared })[S.tab];

    function search(text) {
      S.search = text;
      changed();
    }

    function step(by) {
      const view = shownView();
      if (!view) return;
      view.step(by);
      describe(view.current);
    }

    function describe(item) {
      $("details").textContent = item ? linesFor(item).join("  |  ") : HINT;
    }

    function linesFor(item) {
      if (item.a === undefined) return boxLines(item, shownView().boxes.total);
      return [shortened(item.name), comparedText(item.a, item.b, compared.sides), item.isGroup ? "" : shortened(placeOf(item.fn))].filter(Boolean);
    }

    const HINT = "Click zooms, 0 resets, / searches, n and N step, drag over the time line chooses a range, ? tells all keys.";

    function hover(lines, event) {
      const tip = $("tip");
      tip.hidden = !lines;
      if (!lines) return;
      tip.replaceChildren(...lines.map(line => {
        const element = document.createElement("div");
        element.textContent = line;
        return element;
      }));
      // Beside the pointer, on the side where there is room.
      const { width, height } = tip.getBoundingClientRect();
      tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8)) + "px";
      tip.style.top = (event.clientY + 20 + height < innerHeight ? event.clientY + 18 : Math.max(4, event.clientY - height - 12)) + "px";
    }

    function showTheme(theme) {
      if (theme) document.documentElement.dataset.theme = theme;
      readPalette();
      timeline.draw();
      draw();
    }

    function toggleTheme() {
      const isDark = getComputedStyle(document.documentElement).colorScheme.includes("dark");
      showTheme(isDark ? "light" : "dark");
      try { localStorage.setItem("hyflame-theme", isDark ? "light" : "dark"); } catch (error) { /* Not for every file. */ }
    }

    const KEYS = {
      "/": () => { $("search").focus(); $("search").select(); }, "n": () => step(1), "N": () => step(-1), "0": unzoom,
      "t": nextThread, "l": () => toggle("lines"), "i": () => toggle("rootOnTop"), "g": () => toggle("byGil"),
      "p": () => nextKinds(), "d": toggleTheme, "?": () => { S.tab = "about"; changed(); },
      "z": () => { if (isInRange()) timeline.look(S.from, S.to); }, "Z": () => timeline.look(0, D.end),
      "c": () => { S.tab = "callers"; changed(); }, "s": showSource,
    };

    function toggle(name) {
      S[name] = !S[name];
      // The root of the picture comes into sight again.
      if (name === "rootOnTop") for (const view of [flame, inverted]) view.below = view.box.scrollTop = 0;
      if (name !== "rootOnTop") forgetZoom();
      changed();
    }

    function nextKinds() {
      S.kinds = { all: "python", python: "native", native: "all" }[S.kinds];
      forgetZoom();
      changed();
    }

    function showSource() {
      if (S.fn < 0) return;
      S.tab = "source";
      S.file = D.functions.file[S.fn] || -1;
      S.line = S.file > 0 ? hottestLine(S.fn) : 0;
      changed();
    }

    function hottestLine(fn) {
      const times = lineTimes(sums().own);
      let line = D.functions.line[fn], most = 0;
      D.frames.function.forEach((f, frame) => {
        if (f !== fn) return;
        let time = 0;
        for (let node = 0; node < D.nodes; node++) if (D.frame[node] === frame) time += sumAt(times.total, node);
        if (time > most) { most = time; line = D.frames.line[frame]; }
      });
      return line;
    }

    // As in the SVG: Esc ends the search first, then the zoom, then the filters.
    function escape() {
      if (S.search) { $("search").value = ""; search(""); } else if (zoomName()) unzoom();
      else {
        Object.assign(S, { from: null, to: null, only: [], without: [] });
        S.threads.clear();
        changed();
      }
      $("search").blur();
    }

    function pressed(event) {
      hover(null);
      const field = event.target === $("search"), other = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && !field;
      if ((event.ctrlKey || event.metaKey) && event.key === "f") KEYS["/"]();
      else if (event.key === "Escape") escape();
      else if (field && event.key === "Enter") { field && $("search").blur(); step(event.shiftKey ? -1 : 1); }
      else if (field || other || event.ctrlKey || event.metaKey || event.altKey) return;
      else if (event.key >= "1" && event.key <= String(TABS.length)) { S.tab = TABS[+event.key - 1]; changed(); }
      else if (KEYS[event.key]) KEYS[event.key]();
      else return;
      event.preventDefault();
    }

    """#
}
