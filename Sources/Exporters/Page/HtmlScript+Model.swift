/// What is looked at, and the sums of it.
extension HtmlScript {
  static let model: StaticString = #"""

    // --- what is looked at ---

    const STATES = [
      { name: "held", text: "GIL held" }, { name: "released", text: "GIL released" },
      { name: "waiting", text: "waiting for the GIL" }, { name: "none", text: "no Python state" },
      { name: "unknown", text: "GIL state unknown" }];
    const noTimes = () => STATES.map(() => 0);

    // The headline split: every stretch is in exactly one category.
    const CATEGORIES = [
      { id: "held", text: "GIL held", about: "running, and holding the GIL" },
      { id: "native", text: "native, GIL released", about: "running without the GIL" },
      { id: "waiting", text: "waiting for the GIL", about: "inside the interpreter's wait for it" },
      { id: "blocked", text: "blocked holding the GIL", about: "off the CPU, in everybody's way" },
      { id: "unknown", text: "running, GIL unknown", about: "running, but nothing of its Python side could be read" },
      { id: "runnable", text: "ready, but no CPU free", about: "hidden unless chosen" },
      { id: "idle", text: "blocked / idle", about: "off the CPU, in nobody's way; hidden unless chosen" },
      { id: "away", text: "off CPU, state unknown", about: "idle, or waiting for the GIL, or holding it: it could not be read; hidden unless chosen" }];
    const HIDDEN_AT_FIRST = 5, RUNNABLE = 5;
    // Those that no recording has that went well: without any such time there is no switch.
    const EXCEPTIONAL = new Set([4, RUNNABLE, 7]);

    // A state is the GIL state in three bits, and the CPU state (running, runnable, blocked) above them.
    function categoryOf(state) {
      const gil = state & 7, cpu = state >> 3;
      if (gil === 2) return 2;
      if (gil === 4) return cpu === 0 ? 4 : 7;
      if (cpu === 0) return gil === 0 ? 0 : 1;
      if (cpu === 1) return RUNNABLE;
      return gil === 0 ? 3 : 6;
    }

    const CATEGORY_OF = Uint8Array.from({ length: 24 }, (_, state) => categoryOf(state));

    // All that a link carries. `from` and `to` are nanoseconds, null for everything.
    const S = {
      tab: "flame", from: null, to: null, threads: new Set(), shown: new Set(), search: "", matchesOnly: false,
      only: [], without: [], zoom: null, inverseZoom: [], compareZoom: null, lines: true, rootOnTop: false,
      byGil: false, kinds: "all", fn: -1, file: -1, line: 0, compare: "gil", sort: "own", down: true,
    };

    function isInRange() { return S.from !== null; }

    function lanesShown() {
      return S.threads.size ? D.lanes.filter(lane => S.threads.has(lane.index)) : D.lanes;
    }

    // First stretch of the lane that ends after `time`.
    function firstAfter(lane, time) {
      let low = lane.from, high = lane.to;
      while (low < high) {
        const middle = low + high >> 1;
        if (D.start[middle] + D.duration[middle] > time) high = middle; else low = middle + 1;
      }
      return low;
    }

    // Nanoseconds by node and GIL state, [state * nodes + node], and by state byte whatever is shown.
    function addUp(lanes, from, to, shown, accepted) {
      const { nodes, node, state, duration, start } = D;
      const own = new Float64Array(STATES.length * nodes), states = new Float64Array(CATEGORY_OF.length);
      const keeps = Uint8Array.from(CATEGORY_OF, category => shown.has(category) ? 1 : 0);
      for (const lane of lanes) {
        for (let i = firstAfter(lane, from); i < lane.to && start[i] < to; i++) {
          let time = duration[i];
          if (accepted !== null && accepted[node[i]] === 0) continue;
          // Only the first and the last stretch can be cut.
          if (start[i] < from || start[i] + time > to) {
            time = Math.min(start[i] + time, to) - Math.max(start[i], from);
          }
          states[state[i]] += time;
          if (keeps[state[i]]) own[(state[i] & 7) * nodes + node[i]] += time;
        }
      }
      return { own, states };
    }

    function categoriesOf(states) {
      const sums = new Float64Array(CATEGORIES.length);
      states.forEach((time, state) => { sums[CATEGORY_OF[state]] += time; });
      return sums;
    }

    // For each node whether the filters by frame keep what ends there; null if all is kept.
    function acceptedNodes() {
      const regex = S.matchesOnly && S.search ? expression(S.search) : null;
      if (!regex && !S.only.length && !S.without.length) return null;
      const conditions = [];
      if (regex) conditions.push([frame => regex.test(frameName(frame)), 1]);
      for (const fn of S.only) conditions.push([frame => D.frames.function[frame] === fn, 1]);
      for (const fn of S.without) conditions.push([frame => D.frames.function[frame] === fn, 0]);
      const accepted = new Uint8Array(D.nodes).fill(1);
      for (const [test, wanted] of conditions) {
        const matches = D.frames.function.map((_, frame) => test(frame));
        const found = new Uint8Array(D.nodes);
        for (let i = 0; i < D.nodes; i++) {
          found[i] = matches[D.frame[i]] || i > 0 && found[D.parent[i]] ? 1 : 0;
          if (found[i] !== wanted) accepted[i] = 0;
        }
      }
      return accepted;
    }

    // As searches in a pager: capitals make it case-sensitive.
    function expression(text) {
      try { return new RegExp(text, /[A-Z]/.test(text) ? "" : "i"); } catch (error) { return null; }
    }

    // --- numbers as people read them ---

    function seconds(time, largest = time) {
      return (time / 1e9).toFixed(largest < 100e9 ? 3 : largest < 10000e9 ? 2 : 1);
    }

    function percent(part, whole) { return whole > 0 ? (100 * part / whole).toFixed(1) : "0.0"; }

    // Parts per thousand that add up to exactly 1000 (largest remainders).
    function shares(amounts) {
      const total = amounts.reduce((sum, amount) => sum + amount, 0);
      if (!total) return Array.from(amounts, () => 0);
      const exact = Array.from(amounts, amount => 1000 * amount / total), parts = exact.map(Math.floor);
      const order = parts.map((_, i) => i).sort((a, b) => exact[b] - parts[b] - (exact[a] - parts[a]) || a - b);
      const missing = 1000 - parts.reduce((sum, part) => sum + part, 0);
      for (const i of order.slice(0, missing)) parts[i]++;
      return parts;
    }

    const grouped = number => number.toLocaleString("en-US");
    const plural = (count, word) => grouped(count) + " " + word + (count === 1 ? "" : "s");

    """#
}
