/// Two parts of the recording beside each other.
extension HtmlScript {
  static let compare: StaticString = #"""

    // --- two parts of the recording beside each other ---

    const COMPARISONS = {
      gil: { text: "GIL held ↔ released", a: "GIL held", b: "without the GIL",
        note: "Seconds that held the GIL, and seconds that ran without it. What waited for it is in neither, nor is time whose state is unknown." },
      range: { text: "time range ↔ the rest", a: "in the range", b: "outside of it", isScaled: true,
        note: "Shares of the time in the chosen range, and of the time outside of it." },
      threads: { text: "chosen threads ↔ the others", a: "chosen threads", b: "other threads", isScaled: true,
        note: "Shares of the time of the chosen threads, and of that of the others." },
    };

    // The two sides as times by node of the whole tree; null if nothing is chosen to be compared.
    function comparedSides(accepted) {
      const { nodes } = D, [from, to] = range();
      const joined = own => {
        const sums = new Float64Array(nodes);
        for (let i = 0; i < own.length; i++) sums[i % nodes] += own[i];
        return sums;
      };
      const sum = (lanes, a, b) => joined(addUp(lanes, a, b, S.shown, accepted).own);
      if (S.compare === "gil") {
        const { own } = addUp(lanesShown(), from, to, S.shown, accepted), a = own.slice(0, nodes), b = own.slice(nodes, 2 * nodes);
        for (let i = 0; i < nodes; i++) b[i] += own[3 * nodes + i];
        return [a, b];
      }
      if (S.compare === "range") {
        if (!isInRange()) return null;
        const a = sum(lanesShown(), from, to), b = sum(lanesShown(), -Infinity, Infinity);
        // Time that is on one side is not on the other; what rounding leaves is nothing.
        return [a, b.map((time, i) => Math.max(0, time - a[i]) < 1 ? 0 : time - a[i])];
      }
      if (!S.threads.size) return null;
      return [sum(lanesShown(), from, to), sum(D.lanes.filter(lane => !S.threads.has(lane.index)), from, to)];
    }

    // Both sides on the shown tree. Scaled, the whole of each is one.
    function comparedTree(tree, [a, b], isScaled) {
      const place = side => {
        const own = new Float64Array(tree.count);
        side.forEach((time, i) => { own[tree.place[i]] += time; });
        const total = own.slice();
        for (let i = tree.count - 1; i > 0; i--) total[tree.parent[i]] += total[i];
        const whole = isScaled ? total[0] || 1 : 1;
        return { own, total, whole };
      };
      return { a: place(a), b: place(b) };
    }

    // Whether a difference is more than chance makes in 1 of 100 cases, each looked at by itself. A sample
    // weighs about one period, so that times tell how many there were; where nothing differs they fall on
    // the two sides as a coin does that is weighted by what is compared.
    function isSignificant(a, b, wholeA, wholeB) {
      const period = 1e9 / Math.max(D.recording.rate, 1);
      const inB = Math.round(b / period), count = inB + Math.round(a / period);
      const chance = wholeB / (wholeA + wholeB);
      return 2 * Math.min(binomialTail(inB, count, chance, true), binomialTail(inB, count, chance, false)) <= 0.01;
    }

    // Share of a binomial distribution from so many successes on, or up to them, made from the largest
    // term outwards.
    function binomialTail(successes, trials, chance, isUpper) {
      const odds = chance / (1 - chance), mode = Math.min(Math.floor((trials + 1) * chance), trials);
      const isIn = count => isUpper ? count >= successes : count <= successes;
      let whole = 1, tail = isIn(mode) ? 1 : 0;
      for (let count = mode, term = 1; count < trials && term > 1e-12; count++) {
        term *= (trials - count) / (count + 1) * odds;
        whole += term;
        if (isIn(count + 1)) tail += term;
      }
      for (let count = mode, term = 1; count > 0 && term > 1e-12; count--) {
        term *= count / (trials - count + 1) / odds;
        whole += term;
        if (isIn(count - 1)) tail += term;
      }
      return tail / whole;
    }

    function compareBoxes(tree, sides, zoom, width) {
      const { a, b } = sides, { parent, depth, firstChild, children } = tree;
      const weight = node => a.total[node] / a.whole + b.total[node] / b.whole;
      const boxes = { list: [], levels: 1, narrow: 0, total: weight(0), tree, inView: zoom ? subtree(tree, zoom) : null,
        weights: a.own.map((time, node) => time / a.whole + b.own[node] / b.whole) };
      const whole = weight(zoom);
      const box = (node, x, share, faded) => ({
        x, share, level: depth[node], faded, id: node, fn: tree.fn[node], name: tree.keys.names[tree.key[node]],
        frame: tree.keys.frames[tree.key[node]], a: a.total[node], b: b.total[node],
        fill: contrastFill(a.total[node] / a.whole, b.total[node] / b.whole,
          isSignificant(a.total[node], b.total[node], a.whole, b.whole)),
        isGroup: D.functions.kind[tree.fn[node]] === KIND.group });
      for (let node = parent[zoom]; node >= 0; node = parent[node]) boxes.list.push(box(node, 0, 1, true));
      const nodes = whole > 0 ? [zoom] : [], lefts = [0];
      while (nodes.length) {
        const node = nodes.pop(), x = lefts.pop();
        boxes.list.push(box(node, x / whole, weight(node) / whole, false));
        boxes.levels = Math.max(boxes.levels, depth[node] + 1);
        let next = x;
        for (let i = firstChild[node]; i < firstChild[node + 1]; i++) {
          const share = weight(children[i]);
          if (share / whole * width >= NARROWEST) { nodes.push(children[i]); lefts.push(next); }
          else if (share > 0) boxes.narrow++;
          next += share;
        }
      }
      return boxes;
    }

    function comparedText(a, b, sides) {
      const kind = COMPARISONS[S.compare];
      const tell = (time, whole) => seconds(time) + " s" + (kind.isScaled ? ", " + percent(time, whole) + " %" : "");
      return kind.a + " " + tell(a, sides.a.whole) + "; " + kind.b + " " + tell(b, sides.b.whole)
        + (isSignificant(a, b, sides.a.whole, sides.b.whole) ? "" : "; within sampling noise");
    }

    // Functions by their difference, self and total.
    function comparedFunctions(tree, { a, b }) {
      const rows = new Map();
      for (let node = 1; node < tree.count; node++) {
        const fn = tree.fn[node];
        if (D.functions.kind[fn] === KIND.group || !(a.total[node] + b.total[node] > 0)) continue;
        let row = rows.get(fn);
        if (!row) rows.set(fn, row = { fn, a: 0, b: 0, ownA: 0, ownB: 0 });
        row.ownA += a.own[node];
        row.ownB += b.own[node];
        if (!tree.outermost[node]) continue;
        row.a += a.total[node];
        row.b += b.total[node];
      }
      const difference = row => Math.abs(row.ownA / a.whole - row.ownB / b.whole);
      return [...rows.values()].sort((p, q) => difference(q) - difference(p) || p.fn - q.fn);
    }

    class CompareTable {
      constructor(box, chosen) {
        this.box = box;
        this.rows = new Rows(box.querySelector(".scroll"), 22, (row, index) => this.fill(row, this.list[index]));
        this.chosen = chosen;
      }

      show(tree, sides) {
        this.sides = sides;
        this.list = sides ? comparedFunctions(tree, sides) : [];
        const kind = COMPARISONS[S.compare];
        this.box.querySelector(".head").replaceChildren();
        for (const text of ["self: " + kind.a, kind.b, "total: " + kind.a, kind.b]) {
          cell(this.box.querySelector(".head"), text, "number");
        }
        cell(this.box.querySelector(".head"), "function, by the difference of self", "label");
        this.rows.show(this.list.length);
      }

      fill(row, entry) {
        const { a, b } = this.sides, isScaled = COMPARISONS[S.compare].isScaled;
        const tell = (time, whole) => time <= 0 ? "·" : isScaled ? percent(time, whole) + " %" : seconds(time, a.total[0] + b.total[0]);
        const fill = contrastFill(entry.ownA / a.whole, entry.ownB / b.whole,
          isSignificant(entry.ownA, entry.ownB, a.whole, b.whole));
        for (const [time, whole] of [[entry.ownA, a.whole], [entry.ownB, b.whole]]) {
          cell(row, tell(time, whole), "number on").style.background = fill;
        }
        cell(row, tell(entry.a, a.whole), "number");
        cell(row, tell(entry.b, b.whole), "number");
        nameCell(row, entry.fn, this.chosen);
      }
    }

    """#
}
