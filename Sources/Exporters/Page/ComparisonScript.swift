/// The script of the page of a comparison, on what it shares with the page of one recording.
///
/// Names come from the recordings: they are written with `textContent` and on canvases, never as
/// markup.
enum ComparisonScript {
  static let parts: [StaticString] = [
    HtmlScript.data, HtmlScript.model, HtmlScript.tree, HtmlScript.colors, HtmlScript.boxes,
    HtmlScript.flame, HtmlScript.functions, stacks, table, page,
  ]

  /// Two towers: what has gone can be seen in the first, what is new in the second.
  private static let stacks: StaticString = #"""

    // --- the stacks of both recordings ---

    // Sums of each stack, and its children in the order of their names.
    function finishStacks(stacks) {
      const count = stacks.parent.length;
      stacks.totals = [stacks.before.slice(), stacks.after.slice()];
      stacks.children = Array.from({ length: count }, () => []);
      for (let i = count - 1; i > 0; i--) {
        for (const totals of stacks.totals) totals[stacks.parent[i]] += totals[i];
        stacks.children[stacks.parent[i]].push(i);
      }
      const name = node => stacks.names[stacks.frame[node]];
      for (const list of stacks.children) list.sort((a, b) => name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : a - b);
      return stacks;
    }

    // Boxes of both towers, or of one stack in both of them.
    function towerBoxes(stacks, zoom, width) {
      const { parent, children, totals } = stacks, whole = totals[0][zoom] + totals[1][zoom];
      const boxes = { list: [], levels: 1, narrow: 0, total: whole, tree: null };
      const above = [];
      for (let node = parent[zoom]; node > 0; node = parent[node]) above.unshift(node);
      boxes.list.push({ ...box(stacks, 0, -1, 0, 1, 0), name: "before and after", faded: zoom > 0 });
      let left = 0;
      for (const side of [0, 1]) {
        const share = whole > 0 ? totals[side][zoom] / whole : 0;
        if (!(share > 0)) continue;
        boxes.list.push({ ...box(stacks, 0, side, left, share, 1), name: side ? "after" : "before", faded: zoom > 0 });
        above.forEach((node, i) => boxes.list.push({ ...box(stacks, node, side, left, share, i + 2), faded: true }));
        const pending = zoom > 0 ? [[zoom, left, above.length + 2]] : [[0, left, 1]];
        while (pending.length) {
          const [node, x, level] = pending.pop();
          if (node > 0) boxes.list.push(box(stacks, node, side, x, totals[side][node] / whole, level));
          boxes.levels = Math.max(boxes.levels, level + 1);
          let next = x;
          for (const child of children[node]) {
            const part = totals[side][child] / whole;
            if (part * width >= NARROWEST) pending.push([child, next, level + 1]);
            else if (part > 0) boxes.narrow++;
            next += part;
          }
        }
        left += share;
      }
      return boxes;
    }

    function box(stacks, node, side, x, share, level) {
      const before = stacks.totals[0][node], after = stacks.totals[1][node], frame = stacks.frame[node];
      return { x, share, level, id: node, side, before, after, name: stacks.names[frame], faded: false,
        isGroup: node === 0 || stacks.groups[frame] === 1, counts: stacks.counts[node] === 1,
        fill: contrastFill(after, before, stacks.counts[node] === 1) };
    }

    // --- words ---

    function changeText(before, after) {
      if (!(before > 0)) return after > 0 ? "new" : "";
      if (!(after > 0)) return "gone";
      const part = 100 * (after - before) / before;
      return (part > 0 ? "+" : "") + part.toFixed(1) + " %";
    }

    const signed = (time, largest) => (time > 0 ? "+" : "") + seconds(time, largest);

    function sentence(before, after, counts) {
      return seconds(before) + " s before, " + seconds(after) + " s after, "
        + (counts ? changeText(before, after) : "a difference within sampling noise");
    }

    """#

  private static let table: StaticString = #"""

    // --- the functions ---

    const CHANGES = [
      { id: "own", text: "self change", value: row => Math.abs(row.ownAfter - row.ownBefore), show: row => signed(row.ownAfter - row.ownBefore, largest) },
      { id: "ownShare", text: "%", value: row => row.ownBefore > 0 ? (row.ownAfter - row.ownBefore) / row.ownBefore : row.ownAfter > 0 ? Infinity : 0, show: row => changeText(row.ownBefore, row.ownAfter) },
      { id: "ownBefore", text: "before", value: row => row.ownBefore, show: row => seconds(row.ownBefore, largest) },
      { id: "ownAfter", text: "after", value: row => row.ownAfter, show: row => seconds(row.ownAfter, largest) },
      { id: "total", text: "total change", value: row => Math.abs(row.totalAfter - row.totalBefore), show: row => signed(row.totalAfter - row.totalBefore, largest) },
      { id: "totalBefore", text: "before", value: row => row.totalBefore, show: row => seconds(row.totalBefore, largest) },
      { id: "totalAfter", text: "after", value: row => row.totalAfter, show: row => seconds(row.totalAfter, largest) },
      { id: "name", text: "function", value: row => row.name }];

    let largest = 0;

    function changeRows(functions) {
      return functions.name.map((_, i) => Object.fromEntries(Object.keys(functions).map(key => [key, functions[key][i]])));
    }

    class ChangeTable {
      constructor(box, rows, chosen) {
        this.head = box.querySelector(".head");
        this.all = rows;
        this.chosen = chosen;
        this.rows = new Rows(box.querySelector(".scroll"), 22, (row, index) => this.fill(row, this.list[index]));
      }

      show() {
        const regex = S.search ? expression(S.search) : null, column = CHANGES.find(({ id }) => id === S.sort) || CHANGES[0];
        const isTotal = S.sort.startsWith("total"), counts = row => isTotal ? row.totalCounts : row.ownCounts;
        this.list = this.all.filter(row => (!regex || regex.test(fullName(row))) && (!S.hidesNoise || counts(row)));
        const sign = S.down ? -1 : 1, byChange = column.id === "own" || column.id === "total";
        this.list.sort((a, b) => {
          // What chance explains comes after what it does not.
          if (byChange && S.down && counts(a) !== counts(b)) return counts(b) - counts(a);
          const x = column.value(a), y = column.value(b);
          return (x < y ? -1 : x > y ? 1 : 0) * sign;
        });
        this.head.replaceChildren(...CHANGES.map(({ id, text }) => {
          const button = document.createElement("button");
          button.textContent = text + (id === S.sort ? (S.down ? " ▾" : " ▴") : "");
          button.className = "c-" + id;
          button.setAttribute("aria-label", "sort by " + text);
          button.addEventListener("click", () => {
            S.down = S.sort === id ? !S.down : id !== "name";
            S.sort = id;
            changed();
          });
          return button;
        }));
        this.rows.show(this.list.length);
      }

      fill(row, entry) {
        for (const { id, show } of CHANGES) {
          if (id === "name") break;
          const isTotal = id.startsWith("total"), counts = isTotal ? entry.totalCounts : entry.ownCounts;
          const element = cell(row, (counts || id !== "own" && id !== "total" ? "" : "≈ ") + show(entry), "number c-" + id + (counts ? "" : " noise"));
          if (id === "own" || id === "total") {
            element.style.background = contrastFill(isTotal ? entry.totalAfter : entry.ownAfter, isTotal ? entry.totalBefore : entry.ownBefore, counts === 1);
            element.classList.add("on");
          }
        }
        cell(row, BADGES[entry.kind], "badge k" + entry.kind).title = KINDS[entry.kind];
        const name = document.createElement("button");
        name.textContent = shortened(entry.name);
        name.title = shortened(fullName(entry));
        name.className = "name";
        name.addEventListener("click", () => this.chosen(entry));
        row.append(name);
        cell(row, shortened(entry.place, 120), "place");
      }
    }

    const fullName = row => row.place && !row.name.startsWith(row.place + "+0x") ? row.name + " (" + row.place + ")" : row.name;

    """#

  private static let page: StaticString = #"""

    // --- the page ---

    let stacks, graphs, table;

    function changed() {
      remember();
      draw();
    }

    function draw() {
      $("rootontop").setAttribute("aria-pressed", S.rootOnTop);
      $("hidenoise").setAttribute("aria-pressed", S.hidesNoise);
      $("unzoom").hidden = !S.zoom;
      if ($("search").value !== S.search) $("search").value = S.search;
      graphs.show(towerBoxes(stacks, S.zoom, graphs.width), S.rootOnTop);
      $("matched").textContent = S.search ? matchedText() : "";
      table.show();
    }

    function matchedText() {
      const regex = expression(S.search);
      if (regex === null) return "not a regular expression";
      const count = stacks.parent.length, found = new Uint8Array(count), sums = [0, 0];
      const matches = stacks.names.map((name, frame) => !stacks.groups[frame] && regex.test(shortened(name)));
      for (let node = 0; node < count; node++) {
        found[node] = matches[stacks.frame[node]] || node > 0 && found[stacks.parent[node]] ? 1 : 0;
        if (found[node]) { sums[0] += stacks.before[node]; sums[1] += stacks.after[node]; }
      }
      return "Matched: " + seconds(sums[0], largest) + " s before, " + seconds(sums[1], largest) + " s after";
    }

    function zoomTo(item) {
      S.zoom = item.isGroup ? 0 : item.id;
      changed();
    }

    function hovered(item, event) {
      const lines = item ? [shortened(item.name), sentence(item.before, item.after, item.counts)] : [];
      $("details").textContent = lines.join(": ");
      const tip = $("tip");
      tip.hidden = !item || !event;
      if (tip.hidden) return;
      tip.replaceChildren(...lines.map(text => Object.assign(document.createElement("div"), { textContent: text })));
      const { width, height } = tip.getBoundingClientRect();
      tip.style.left = Math.max(0, Math.min(event.clientX + 12, innerWidth - width - 4)) + "px";
      tip.style.top = (event.clientY + 16 + height > innerHeight ? event.clientY - height - 8 : event.clientY + 16) + "px";
    }

    // A click marks the function in both graphs; another one forgets it.
    function choose(row) {
      const text = "^" + fullName(row).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      S.search = S.search === text ? "" : text;
      changed();
    }

    // What a link carries.
    function remember() {
      const parts = new URLSearchParams();
      if (S.zoom) parts.set("zoom", S.zoom);
      if (S.search) parts.set("search", S.search);
      if (S.sort !== S.firstSort || !S.down) parts.set("sort", (S.down ? "" : "-") + S.sort);
      if (S.hidesNoise) parts.set("noise", "hidden");
      if (S.rootOnTop !== stacks.rootOnTop) parts.set("root", S.rootOnTop ? "top" : "bottom");
      const text = parts.toString();
      history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
    }

    function recall() {
      const parts = new URLSearchParams(location.hash.slice(1)), zoom = Number(parts.get("zoom"));
      S.zoom = Number.isInteger(zoom) && zoom > 0 && zoom < stacks.parent.length ? zoom : 0;
      S.search = parts.get("search") || "";
      const sort = parts.get("sort") || S.firstSort;
      S.down = !sort.startsWith("-");
      S.sort = sort.replace(/^-/, "");
      S.hidesNoise = parts.get("noise") === "hidden";
      S.rootOnTop = parts.has("root") ? parts.get("root") === "top" : stacks.rootOnTop;
    }

    function showTheme(theme) {
      if (theme) document.documentElement.dataset.theme = theme;
      readPalette();
      draw();
    }

    function toggleTheme() {
      const isDark = getComputedStyle(document.documentElement).colorScheme.includes("dark");
      showTheme(isDark ? "light" : "dark");
      try { localStorage.setItem("hyflame-theme", isDark ? "light" : "dark"); } catch (error) { /* Not for every file. */ }
    }

    const ON_KEY = {
      "/": () => { $("search").focus(); $("search").select(); }, "0": () => { S.zoom = 0; changed(); },
      "n": () => graphs.step(1), "N": () => graphs.step(-1), "d": toggleTheme,
      "i": () => { S.rootOnTop = !S.rootOnTop; changed(); }, "h": () => { S.hidesNoise = !S.hidesNoise; changed(); },
    };

    function pressed(event) {
      const isTyping = event.target === $("search");
      if (event.key === "Escape") {
        if (S.search) S.search = ""; else S.zoom = 0;
        $("search").blur();
        return changed();
      }
      if (isTyping && event.key === "Enter") { $("search").blur(); return graphs.step(1); }
      if ((event.ctrlKey || event.metaKey) && event.key === "f") { event.preventDefault(); return ON_KEY["/"](); }
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(ON_KEY, event.key)) return;
      event.preventDefault();
      ON_KEY[event.key]();
    }

    async function start() {
      // Names here have no scopes to lose: all that a `FlameView` asks of the tables.
      D = { functions: { scoped: [] } };
      const data = JSON.parse(new TextDecoder().decode(await unpacked()));
      stacks = finishStacks(data.stacks);
      stacks.rootOnTop = data.rootOnTop;
      S.firstSort = data.sortTotal ? "total" : "own";
      largest = Math.max(stacks.totals[0][0], stacks.totals[1][0]);
      try {
        const theme = localStorage.getItem("hyflame-theme");
        if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
      } catch (error) { /* Not for every file. */ }
      readPalette();
      graphs = new FlameView($("graphs"), { zoomed: zoomTo, hovered, fill: item => item.fill });
      table = new ChangeTable($("changes"), changeRows(data.functions), choose);
      recall();
      $("search").addEventListener("input", () => { S.search = $("search").value; changed(); });
      $("theme").addEventListener("click", toggleTheme);
      $("rootontop").addEventListener("click", ON_KEY.i);
      $("hidenoise").addEventListener("click", ON_KEY.h);
      $("unzoom").addEventListener("click", ON_KEY["0"]);
      addEventListener("keydown", pressed);
      addEventListener("hashchange", () => { recall(); draw(); });
      new ResizeObserver(draw).observe(document.querySelector("main"));
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => showTheme());
      document.body.classList.add("ready");
      draw();
      performance.measure("first picture", { start: 0, end: performance.now() });
    }

    start().catch(error => {
      $("failure").hidden = false;
      $("failure").textContent = "This page cannot show its data: " + error.message;
      throw error;
    });

    """#
}
