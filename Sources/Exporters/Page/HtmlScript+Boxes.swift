/// Where the boxes of flame graphs are.
extension HtmlScript {
  static let boxes: StaticString = #"""

    // --- flame graphs: their boxes ---

    const ROW = 17, NARROWEST = 0.3, LABELLED = 26;

    // Boxes of a tree: each is a part of the width, at a level, with what is told of it. `weights` gives
    // the time of a node; where `state` is one of the four, only time in that state counts.
    function flameBoxes(tree, times, zoom, width) {
      const boxes = { list: [], levels: 1, narrow: 0, total: times.sum[0], tree, weights: times.ownSum, inView: null };
      if (!S.byGil) {
        boxes.inView = zoom > 0 ? subtree(tree, zoom) : null;
        addTower(boxes, tree, times, -1, zoom || 0, width);
        return boxes;
      }
      const root = boxOf(tree, times, -1, 0, 0, 1, 0);
      if (zoom > 0) {
        const state = Math.floor((zoom - 1) / tree.count), node = (zoom - 1) % tree.count;
        boxes.list.push({ ...root, faded: true });
        boxes.weights = times.own.subarray(state * tree.count, (state + 1) * tree.count);
        boxes.inView = subtree(tree, node);
        addTower(boxes, tree, times, state, node, width);
        return boxes;
      }
      boxes.list.push(root);
      let x = 0;
      for (let state = 0; state < STATES.length; state++) {
        const time = times.total[state * tree.count];
        if (time > 0) addTower(boxes, tree, times, state, 0, width, x, time / boxes.total);
        x += time / boxes.total;
      }
      return boxes;
    }

    // 1 for each node that is `top` or above it in the picture.
    function subtree(tree, top) {
      const inside = new Uint8Array(tree.count);
      inside[top] = 1;
      for (let node = top + 1; node < tree.count; node++) if (inside[tree.parent[node]]) inside[node] = 1;
      return inside;
    }

    // Share of the time in view whose stack has a match, however narrow its box. Time counts once.
    function matchedShare({ tree, weights, inView }, regex) {
      const matches = tree.keys.names.map(name => regex.test(shortened(name))), found = new Uint8Array(tree.count);
      let all = 0, sum = 0;
      for (let node = 0; node < tree.count; node++) {
        found[node] = matches[tree.key[node]] || node > 0 && found[tree.parent[node]] ? 1 : 0;
        if (inView !== null && !inView[node]) continue;
        all += weights[node];
        if (found[node]) sum += weights[node];
      }
      return all > 0 ? sum / all : 0;
    }

    function boxOf(tree, times, state, node, x, share, level) {
      const count = tree.count, isTower = state >= 0 && node === 0;
      const total = statesAt(times.total, count, node).map((time, s) => state < 0 || s === state ? time : 0);
      const own = state < 0 ? times.ownSum[node] : times.own[state * count + node];
      const frame = tree.keys.frames[tree.key[node]];
      return {
        x, share, level, frame, total, own, time: total.reduce((a, b) => a + b), fn: tree.fn[node],
        name: isTower ? STATES[state].text : tree.keys.names[tree.key[node]], id: state < 0 ? node : state * count + node + 1,
        isGroup: isTower || D.functions.kind[tree.fn[node]] === KIND.group, faded: false,
      };
    }

    // The subtree of `zoom` over `share` of the width, and what it stands on at full width.
    function addTower(boxes, tree, times, state, zoom, width, left = 0, share = 1) {
      const { parent, depth, firstChild, children, count } = tree;
      const weights = state < 0 ? times.sum : times.total.subarray(state * count, (state + 1) * count);
      const shift = state < 0 ? 0 : 1, whole = weights[zoom];
      for (let node = parent[zoom]; node >= 0; node = parent[node]) {
        boxes.list.push({ ...boxOf(tree, times, state, node, left, share, depth[node] + shift), faded: true });
      }
      if (!(whole > 0)) return;
      const least = NARROWEST / width / share * whole;
      const nodes = [zoom], lefts = [0];
      while (nodes.length) {
        const node = nodes.pop(), x = lefts.pop(), level = depth[node] + shift;
        boxes.list.push(boxOf(tree, times, state, node, left + x / whole * share, weights[node] / whole * share, level));
        boxes.levels = Math.max(boxes.levels, level + 1);
        let next = x;
        for (let i = firstChild[node]; i < firstChild[node + 1]; i++) {
          const time = weights[children[i]];
          if (time >= least) { nodes.push(children[i]); lefts.push(next); }
          else if (time > 0) boxes.narrow++;
          next += time;
        }
      }
    }

    // The inverted graph: innermost functions first, and on each its callers. It would be as large as all
    // stacks together, so only what is wide enough to be seen is made, anew for each zoom.
    function inverseBoxes(tree, times, zoom, width) {
      let entries = [];
      for (let node = 1; node < tree.count; node++) {
        if (times.ownSum[node] > 0) entries.push({ leaf: node, at: node });
      }
      const total = entries.reduce((sum, entry) => sum + times.ownSum[entry.leaf], 0);
      const boxes = { list: [], levels: 1, narrow: 0, total, tree, weights: times.ownSum, inView: null };
      const root = { ...boxOf(tree, times, -1, 0, 0, 1, 0), own: 0, id: [], time: total, total: ownOf(tree, times, entries) };
      boxes.list.push(root);
      zoom.forEach((key, depth) => {
        boxes.list[boxes.list.length - 1].faded = true;
        entries = entries.filter(entry => entry.at > 0 && tree.key[entry.at] === key);
        boxes.list.push(inverseBox(tree, times, entries, key, zoom.slice(0, depth + 1), 0, 1));
        if (depth < zoom.length) entries = entries.map(entry => ({ leaf: entry.leaf, at: tree.parent[entry.at] }));
      });
      const top = boxes.list[boxes.list.length - 1];
      if (zoom.length) {
        boxes.inView = new Uint8Array(tree.count);
        for (const { leaf } of entries) boxes.inView[leaf] = 1;
      }
      boxes.levels = top.level + 1;
      const pending = [{ entries, box: top }];
      while (pending.length) {
        const { entries: list, box } = pending.pop();
        let x = box.x;
        for (const [key, group, time] of groupsByTime(tree, times, list)) {
          const share = time / (top.time || 1);
          if (share * width < NARROWEST) { boxes.narrow++; x += share; continue; }
          const child = inverseBox(tree, times, group, key, [...box.id, key], x, share);
          boxes.list.push(child);
          boxes.levels = Math.max(boxes.levels, child.level + 1);
          pending.push({ entries: group.map(entry => ({ leaf: entry.leaf, at: tree.parent[entry.at] })), box: child });
          x += share;
        }
      }
      return boxes;
    }

    // Callers of the same function and line, those with most time first.
    function groupsByTime(tree, times, entries) {
      const timed = [...groupsByKey(tree, entries)].map(([key, group]) =>
        [key, group, group.reduce((sum, entry) => sum + times.ownSum[entry.leaf], 0)]);
      return timed.sort((a, b) => b[2] - a[2] || a[0] - b[0]);
    }

    function groupsByKey(tree, entries) {
      const groups = new Map();
      for (const entry of entries) {
        if (entry.at <= 0) continue;
        const key = tree.key[entry.at], group = groups.get(key);
        if (group) group.push(entry); else groups.set(key, [entry]);
      }
      return groups;
    }

    function ownOf(tree, times, entries) {
      const total = noTimes();
      for (const { leaf } of entries) {
        for (let state = 0; state < STATES.length; state++) total[state] += times.own[state * tree.count + leaf];
      }
      return total;
    }

    function inverseBox(tree, times, entries, key, id, x, share) {
      const total = ownOf(tree, times, entries), fn = tree.keys.functions[key];
      const time = total.reduce((a, b) => a + b);
      return {
        x, share, level: id.length, frame: tree.keys.frames[key], total, own: id.length === 1 ? time : 0, time, fn,
        name: tree.keys.names[key], id, isGroup: D.functions.kind[fn] === KIND.group, faded: false, isInverse: true,
      };
    }

    """#
}
