/// Callers and callees of a function.
extension HtmlScript {
  static let callers: StaticString = #"""

    // --- callers and callees ---

    // Time of stacks in which a function is called directly by, or directly calls, another. A stack counts
    // once for each of them, however often it has that call.
    function neighbours(tree, times, fn) {
      const callers = new Map(), callees = new Map(), self = { time: 0, own: 0, states: noTimes() };
      const add = (map, other, node, isFirst) => {
        let row = map.get(other);
        if (!row) map.set(other, row = { fn: other, time: 0, states: noTimes() });
        if (!isFirst) return;
        row.time += times.sum[node];
        for (let state = 0; state < STATES.length; state++) row.states[state] += times.total[state * tree.count + node];
      };
      for (let node = 1; node < tree.count; node++) {
        const above = tree.fn[tree.parent[node]], here = tree.fn[node];
        if (!(times.sum[node] > 0)) continue;
        if (here === fn) {
          self.own += times.ownSum[node];
          if (tree.outermost[node]) {
            self.time += times.sum[node];
            for (let state = 0; state < STATES.length; state++) self.states[state] += times.total[state * tree.count + node];
          }
          add(callers, above, node, isFirstCall(tree, node));
        }
        if (above === fn && tree.parent[node] > 0) add(callees, here, node, isFirstCall(tree, node));
      }
      const sorted = map => [...map.values()].filter(row => row.time > 0).sort((a, b) => b.time - a.time || a.fn - b.fn);
      return { self, callers: sorted(callers), callees: sorted(callees) };
    }

    // Whether no call between the same two functions is further out on the stack.
    function isFirstCall(tree, node) {
      const from = tree.fn[tree.parent[node]], to = tree.fn[node];
      if (tree.outermost[node] || tree.outermost[tree.parent[node]]) return true;
      for (let at = tree.parent[node]; at > 0; at = tree.parent[at]) {
        if (tree.fn[at] === to && tree.fn[tree.parent[at]] === from) return false;
      }
      return true;
    }

    function drawCallers(tree, times, chosen) {
      const box = $("callers");
      if (S.fn < 0) {
        // The function with most time of its own is what one looks at first.
        const rows = functionRows(tree, times).sort((a, b) => b.own - a.own || a.fn - b.fn);
        if (!rows.length) return box.querySelector(".tables").replaceChildren();
        S.fn = rows[0].fn;
      }
      const { self, callers, callees } = neighbours(tree, times, S.fn), total = times.sum[0];
      $("callername").replaceChildren();
      nameCell($("callername"), S.fn, chosen);
      $("callerfacts").textContent = "total " + seconds(self.time, total) + " s, " + percent(self.time, total) + " %; self "
        + seconds(self.own, total) + " s; " + self.states.map((time, state) =>
          time > 0 ? STATES[state].text + " " + seconds(time, total) + " s" : "").filter(Boolean).join(", ");
      box.querySelector(".tables").replaceChildren(
        neighbourTable("Called by", callers, total, chosen), neighbourTable("Calls", callees, total, chosen));
    }

    const NEIGHBOURS_SHOWN = 200;

    function neighbourTable(title, rows, total, chosen) {
      const box = document.createElement("div"), head = document.createElement("h3");
      head.textContent = title;
      box.append(head);
      if (!rows.length) cell(box, "nothing that is shown", "dim");
      for (const { fn, time, states } of rows.slice(0, NEIGHBOURS_SHOWN)) {
        const row = document.createElement("div");
        row.className = "row";
        cell(row, seconds(time, total), "number");
        cell(row, percent(time, total), "number share");
        const bar = cell(row, "", "bar");
        bar.title = states.map((t, state) => t > 0 ? STATES[state].text + " " + seconds(t) + " s" : "").filter(Boolean).join(", ");
        bar.style.background = mixture(states, time, total);
        nameCell(row, fn, chosen);
        box.append(row);
      }
      if (rows.length > NEIGHBOURS_SHOWN) cell(box, "and " + grouped(rows.length - NEIGHBOURS_SHOWN) + " more", "dim");
      return box;
    }

    // A bar whose length is a share of the whole, divided by GIL state.
    function mixture(states, time, total) {
      const colors = ["held", "native", "waiting", "none", "unknown"], stops = [];
      let at = 0;
      states.forEach((part, state) => {
        const end = at + (total > 0 ? 100 * part / total : 0);
        stops.push("var(--c-" + colors[state] + ") " + at + "% " + end + "%");
        at = end;
      });
      return "linear-gradient(90deg, " + stops.join(", ") + ", transparent " + at + "%)";
    }

    """#
}
