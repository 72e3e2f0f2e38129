/// State, events, address and start of the page.
extension HtmlScript {
  static let page: StaticString = #"""

    // --- the page ---

    const TABS = ["flame", "inverted", "functions", "callers", "source", "compare", "about"];
    let flame, inverted, compared, timeline, functionTable, sourceView, compareTable;

    const range = () => isInRange() ? [S.from, S.to] : [-Infinity, Infinity];

    // What was added up last, and for what: tabs show one sum in different ways.
    let summed = { id: null };
    function sums() {
      const id = JSON.stringify([S.from, S.to, [...S.threads], [...S.shown], S.only, S.without,
        S.matchesOnly ? S.search : ""]);
      if (summed.id !== id) {
        const accepted = acceptedNodes(), [from, to] = range();
        const { own, states } = addUp(lanesShown(), from, to, S.shown, accepted);
        summed = { id, own, states, accepted, times: new Map() };
      }
      return summed;
    }

    function shownTimes() {
      const tree = shownTree(), { own, times } = sums();
      if (!times.has(tree)) times.set(tree, sumUp(tree, own));
      return times.get(tree);
    }

    // --- drawing ---

    let isDrawing = false;
    function changed() {
      if (isDrawing) return;
      isDrawing = true;
      requestAnimationFrame(() => {
        isDrawing = false;
        draw();
        remember();
      });
    }

    const VIEWS = {
      flame() {
        const boxes = flameBoxes(shownTree(), shownTimes(), S.zoom, flame.width);
        flame.show(boxes, S.rootOnTop);
        tellFlame(flame, boxes);
      },
      inverted() {
        const boxes = inverseBoxes(shownTree(), shownTimes(), S.inverseZoom, inverted.width);
        inverted.show(boxes, S.rootOnTop);
        tellFlame(inverted, boxes);
      },
      functions() { functionTable.show(shownTree(), shownTimes()); },
      callers() { drawCallers(shownTree(), shownTimes(), choose); },
      source() { sourceView.show(sums().own, shownTimes().sum[0]); },
      compare() { drawCompare(); },
      about() {},
    };

    function draw() {
      readPalette();
      for (const tab of TABS) {
        $("tab-" + tab).setAttribute("aria-selected", tab === S.tab);
        $("view-" + tab).hidden = tab !== S.tab;
      }
      drawSplit();
      drawChips();
      drawSwitches();
      $("matched").textContent = "";
      VIEWS[S.tab]();
      timeline.drawRange();
    }

    function tellFlame(view, boxes) {
      $("matched").textContent = view.matched;
      const whole = seconds(shownTimes().sum[0]);
      $("narrow").textContent = boxes.narrow ? grouped(boxes.narrow) + (boxes.narrow === 1 ? " box" : " boxes")
        + " under 0.3 px not drawn; zoom shows them" : "";
      $("narrow").title = "The picture is " + whole + " thread-seconds wide.";
    }

    function drawCompare() {
      const tree = shownTree(), sides = comparedSides(sums().accepted), kind = COMPARISONS[S.compare];
      $("comparenote").textContent = sides ? kind.note
        : S.compare === "range" ? "Drag over the time line to choose a range." : "Click the name of a thread to choose it.";
      $("side-a").textContent = "more " + kind.a;
      $("side-b").textContent = "more " + kind.b;
      const placed = sides && comparedTree(tree, sides, kind.isScaled);
      compared.sides = placed;
      const boxes = placed ? compareBoxes(tree, placed, S.compareZoom || 0, compared.width)
        : { list: [], levels: 0, narrow: 0, total: 0, tree: null };
      compared.show(boxes, true);
      if (placed) tellFlame(compared, boxes);
      compareTable.show(tree, placed);
    }

    // The headline, of what is looked at. A category is a switch: what is off is counted but not drawn.
    function drawSplit() {
      const amounts = categoriesOf(sums().states), parts = shares(amounts), total = amounts.reduce((a, b) => a + b, 0);
      const bar = [], keys = [];
      CATEGORIES.forEach((category, index) => {
        if (!amounts[index] && (index === 4 || !S.shown.has(index))) return;
        const isShown = S.shown.has(index), text = (parts[index] / 10).toFixed(1) + " %";
        const part = document.createElement("span");
        part.style.width = parts[index] / 10 + "%";
        part.className = "c-" + category.id + (isShown ? "" : " off");
        part.title = category.text + " " + text;
        bar.push(part);
        const key = document.createElement("button");
        key.className = "key";
        key.setAttribute("aria-pressed", isShown);
        key.title = category.about + ". Click: " + (isShown ? "leave it out" : "show it");
        cell(key, "", "swatch c-" + category.id);
        cell(key, category.text);
        cell(key, seconds(amounts[index], total) + " s", "number");
        cell(key, text, "number strong");
        key.dataset.category = category.id;
        key.addEventListener("click", () => {
          if (!S.shown.delete(index)) S.shown.add(index);
          changed();
        });
        keys.push(key);
      });
      $("split").replaceChildren(...bar);
      const drawn = amounts.reduce((sum, time, index) => S.shown.has(index) ? sum + time : sum, 0);
      const hidden = CATEGORIES.filter((_, index) => amounts[index] > 0 && !S.shown.has(index));
      const text = document.createElement("span");
      text.className = "dim";
      text.id = "drawn";
      text.textContent = "drawn: " + (hidden.length ? seconds(drawn, total) + " of " : "all ") + seconds(total)
        + " thread-seconds" + (hidden.length ? "; not drawn: " + hidden.map(({ text: name }) => name).join(", ") : "")
        + (D.recording.recordsBlocked ? "" : "; time asleep or blocked was not recorded");
      $("keys").replaceChildren(...keys, text);
    }

    function chip(text, remove, title = "remove this filter") {
      const button = document.createElement("button");
      button.className = "chip";
      button.textContent = text + " ✕";
      button.title = title;
      button.addEventListener("click", () => { remove(); changed(); });
      return button;
    }

    function drawChips() {
      const chips = [];
      if (isInRange()) {
        chips.push(chip(seconds(S.from, D.end) + "–" + seconds(S.to, D.end) + " s", () => { S.from = S.to = null; }));
      }
      for (const lane of D.lanes) {
        if (S.threads.has(lane.index)) chips.push(chip(laneName(lane), () => S.threads.delete(lane.index)));
      }
      for (const [list, text] of [[S.only, "only with "], [S.without, "without "]]) {
        for (const fn of list) {
          chips.push(chip(text + shortened(functionName(fn), 60), () => list.splice(list.indexOf(fn), 1)));
        }
      }
      if (S.matchesOnly && S.search) chips.push(chip("only with /" + shortened(S.search, 40) + "/", () => { S.matchesOnly = false; }));
      if (S.kinds !== "all") chips.push(chip(S.kinds === "python" ? "Python frames" : "native frames", () => { S.kinds = "all"; forgetZoom(); }));
      if (zoomName()) chips.push(chip("zoom: " + shortened(zoomName(), 60), unzoom, "reset the zoom (0)"));
      $("chips").replaceChildren(...chips);
      $("selected").hidden = S.fn < 0;
      if (S.fn >= 0) $("selectedname").textContent = shortened(functionName(S.fn), 90);
    }

    function zoomName() {
      const tree = shownTree(), names = node => node > 0 && node < tree.count ? tree.keys.names[tree.key[node]] : "";
      if (S.tab === "inverted") return S.inverseZoom.length ? tree.keys.names[S.inverseZoom.at(-1)] : "";
      if (S.tab === "compare") return names(S.compareZoom);
      if (S.tab !== "flame" || !S.zoom) return "";
      if (!S.byGil) return names(S.zoom);
      return names((S.zoom - 1) % tree.count) || STATES[Math.floor((S.zoom - 1) / tree.count)].text;
    }

    function drawSwitches() {
      const set = (id, on) => $(id).setAttribute("aria-pressed", on);
      set("lines", S.lines);
      set("rootontop", S.rootOnTop);
      set("bygil", S.byGil);
      set("matchesonly", S.matchesOnly);
      $("kinds").value = S.kinds;
      $("compared").value = S.compare;
      $("bygil").hidden = S.tab !== "flame";
      $("rootontop").hidden = S.tab !== "flame" && S.tab !== "inverted";
      $("legend").hidden = S.tab !== "flame" && S.tab !== "inverted";
      $("narrow").textContent = "";
    }

    // --- what the reader does ---

    function choose(fn) {
      S.fn = fn;
      if (S.tab !== "callers") S.tab = "callers";
      changed();
    }

    function zoomTo(item, event) {
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
      if (name === "rootOnTop") for (const view of [flame, inverted]) view.height = 0;
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

    // --- the address, so that a link shows what its sender saw ---

    function remember() {
      const parts = [], add = (key, value) => parts.push(key + "=" + encodeURIComponent(value));
      if (S.tab !== "flame") add("tab", S.tab);
      if (isInRange()) add("range", Math.round(S.from) + "-" + Math.round(S.to));
      if (S.threads.size) add("threads", [...S.threads].map(index => D.lanes[index].thread.tid).join("-"));
      if ([...S.shown].sort().join() !== shownAtFirst().sort().join()) add("states", [...S.shown].map(i => CATEGORIES[i].id).join("-"));
      if (S.search) add("search", S.search);
      if (S.matchesOnly) add("matches", "only");
      if (S.only.length) add("only", S.only.join("-"));
      if (S.without.length) add("without", S.without.join("-"));
      if (S.lines !== D.view.lines) add("lines", S.lines ? 1 : 0);
      if (S.rootOnTop !== D.view.rootOnTop) add("top", S.rootOnTop ? 1 : 0);
      if (S.byGil !== D.view.byGil) add("gil", S.byGil ? 1 : 0);
      if (S.kinds !== "all") add("kinds", S.kinds);
      if (S.zoom) add("zoom", S.zoom);
      if (S.inverseZoom.length) add("inverse", S.inverseZoom.join("-"));
      if (S.compareZoom) add("pair", S.compareZoom);
      if (S.compare !== "gil") add("compare", S.compare);
      if (S.fn >= 0) add("function", S.fn);
      if (S.tab === "source" && S.file > 0) add("file", S.file + "-" + S.line);
      if (S.sort !== (D.view.sortTotal ? "total" : "own") || !S.down) add("sort", S.sort + (S.down ? "" : "-up"));
      try {
        history.replaceState(null, "", location.pathname + location.search + (parts.length ? "#" + parts.join("&") : ""));
      } catch (error) { /* Not every viewer lets a file change its address. */ }
    }

    const shownAtFirst = () => D.view.idle ? [0, 1, 2, 3, 4, 5] : [0, 1, 2, 3];

    // A link may come from anywhere: what it says must exist.
    function recall() {
      const link = new URLSearchParams(location.hash.slice(1)), get = key => link.get(key) || "";
      const numbers = (key, below) => get(key).split("-").filter(Boolean).map(Number).filter(n => Number.isInteger(n) && n >= 0 && n < below);
      const flag = (key, standard) => link.has(key) ? get(key) === "1" : standard, count = D.functions.name.length;
      S.tab = TABS.includes(get("tab")) ? get("tab") : "flame";
      const [from, to] = get("range").split("-").map(Number);
      [S.from, S.to] = from >= 0 && to > from ? [from, to] : [null, null];
      const tids = get("threads").split("-").map(Number);
      S.threads = new Set(D.lanes.filter(lane => tids.includes(lane.thread.tid) && get("threads")).map(lane => lane.index));
      S.shown = new Set(link.has("states") ? CATEGORIES.map((c, i) => get("states").split("-").includes(c.id) ? i : -1).filter(i => i >= 0) : shownAtFirst());
      S.search = get("search");
      S.matchesOnly = get("matches") === "only";
      S.only = numbers("only", count);
      S.without = numbers("without", count);
      S.lines = flag("lines", D.view.lines);
      S.rootOnTop = flag("top", D.view.rootOnTop);
      S.byGil = flag("gil", D.view.byGil);
      S.kinds = ["python", "native"].includes(get("kinds")) ? get("kinds") : "all";
      const tree = shownTree();
      S.zoom = numbers("zoom", S.byGil ? 4 * tree.count + 1 : tree.count)[0] || null;
      S.inverseZoom = numbers("inverse", tree.keys.names.length);
      S.compareZoom = numbers("pair", tree.count)[0] || null;
      S.compare = get("compare") in COMPARISONS ? get("compare") : "gil";
      S.fn = numbers("function", count)[0] ?? -1;
      [S.file, S.line] = [...numbers("file", 1e9), 0, 0].slice(0, 2);
      if (!(S.file > 0 && S.file < D.paths.length)) S.file = -1;
      const sort = get("sort").split("-");
      S.sort = COLUMNS.some(({ id }) => id === sort[0]) ? sort[0] : D.view.sortTotal ? "total" : "own";
      S.down = sort[1] !== "up";
      $("search").value = S.search;
    }

    // --- start ---

    function makeViews() {
      const handlers = { zoomed: zoomTo, hovered: (item, event) => { describe(item); hover(item && linesFor(item), event); } };
      flame = new FlameView($("view-flame"), handlers);
      inverted = new FlameView($("view-inverted"), handlers);
      compared = new FlameView($("compareflame"), { ...handlers, fill: item => item.fill });
      functionTable = new FunctionTable($("view-functions"), choose);
      compareTable = new CompareTable($("comparetable"), choose);
      sourceView = new SourceView($("view-source"), choose);
      timeline = new TimeLine($("timeline"), { ranged: setRange, picked: pickThread, hovered: hover });
      $("compared").replaceChildren(...Object.entries(COMPARISONS).map(([id, { text }]) => new Option(text, id)));
    }

    function listen() {
      for (const tab of TABS) $("tab-" + tab).addEventListener("click", () => { S.tab = tab; changed(); });
      $("search").addEventListener("input", () => search($("search").value));
      const on = (id, action, event = "click") => $(id).addEventListener(event, action);
      on("lines", KEYS.l);
      on("rootontop", KEYS.i);
      on("bygil", KEYS.g);
      on("theme", toggleTheme);
      on("matchesonly", () => { S.matchesOnly = !S.matchesOnly; changed(); });
      on("kinds", () => { S.kinds = $("kinds").value; forgetZoom(); changed(); }, "change");
      on("compared", () => { S.compare = $("compared").value; changed(); }, "change");
      on("morelanes", () => { timeline.all = !timeline.all; timeline.draw(); });
      on("tocallers", KEYS.c);
      on("tosource", showSource);
      on("onlythis", () => { if (!S.only.includes(S.fn)) S.only.push(S.fn); changed(); });
      on("withoutthis", () => { if (!S.without.includes(S.fn)) S.without.push(S.fn); forgetZoom(); changed(); });
      on("unselect", () => { S.fn = -1; changed(); });
      addEventListener("keydown", pressed);
      addEventListener("resize", () => { timeline.draw(); changed(); });
      // What is above the picture takes more lines or fewer.
      new ResizeObserver(changed).observe(document.querySelector("main"));
      addEventListener("hashchange", () => { recall(); changed(); });
      addEventListener("beforeprint", draw);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => showTheme());
    }

    async function start() {
      const began = performance.now();
      D = decode(await unpacked());
      const decoded = performance.now();
      D.kindOfNode = Uint8Array.from(D.frame, frame => D.functions.kind[D.frames.function[frame]]);
      try {
        const theme = localStorage.getItem("hyflame-theme");
        if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
      } catch (error) { /* Not for every file. */ }
      readPalette();
      makeViews();
      recall();
      listen();
      document.body.classList.add("ready");
      timeline.draw();
      draw();
      describe(null);
      // For the check of how long it took.
      performance.measure("decoded", { start: began, end: decoded });
      performance.measure("first picture", { start: 0, end: performance.now() });
    }

    start().catch(error => {
      $("failure").hidden = false;
      $("failure").textContent = "This page cannot show its data: " + error.message;
      throw error;
    });

    """#
}
