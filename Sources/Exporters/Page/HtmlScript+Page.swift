/// The start of the page.
extension HtmlScript {
  static let page: StaticString = #"""

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
      // Paper is white.
      let theme;
      addEventListener("beforeprint", () => { theme = document.documentElement.dataset.theme; showTheme("light"); });
      addEventListener("afterprint", () => {
        if (theme) return showTheme(theme);
        delete document.documentElement.dataset.theme;
        showTheme();
      });
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
