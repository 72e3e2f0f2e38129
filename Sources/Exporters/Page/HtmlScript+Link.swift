/// The state of the page in its address.
extension HtmlScript {
  static let link: StaticString = #"""

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

    const shownAtFirst = () => CATEGORIES.map((_, index) => index).slice(0, D.view.idle ? CATEGORIES.length : HIDDEN_AT_FIRST);

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
      S.zoom = numbers("zoom", S.byGil ? STATES.length * tree.count + 1 : tree.count)[0] || null;
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

    """#
}
