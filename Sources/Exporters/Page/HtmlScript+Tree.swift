/// Names of frames, and the tree of what is shown.
extension HtmlScript {
  static let tree: StaticString = #"""

    // --- names and trees ---

    const KIND = { python: 0, native: 1, kernel: 2, group: 3 };
    const BADGES = ["P", "N", "K", ""];
    const KINDS = ["Python", "native", "kernel", ""];
    const basename = path => path.slice(path.lastIndexOf("/") + 1);

    // The name as the flame graph writes it: `f (file.py:12)`, `symbol (lib.so)_[i]`, `symbol_[k]`.
    function spell(fn, line, inlined) {
      const F = D.functions, name = F.short[fn] || F.name[fn];
      switch (F.kind[fn]) {
        case KIND.python: {
          const file = basename(D.paths[F.file[fn]]), at = line || F.line[fn];
          return file ? name + " (" + file + (at > 0 ? ":" + at : "") + ")" : name;
        }
        case KIND.native: {
          const module = basename(D.paths[F.module[fn]]);
          const alone = !module || F.name[fn].startsWith(module + "+0x");
          return (alone ? name : name + " (" + module + ")") + (inlined ? "_[i]" : "");
        }
        case KIND.kernel: return name + "_[k]";
        default: return name;
      }
    }

    // Longer names than any screen only slow the page down.
    const shortened = (text, room = 300) =>
      text.length <= room ? text : text.slice(0, room >> 1) + "…" + text.slice(text.length - (room >> 1));

    const nameCache = [];
    function frameName(frame) {
      return nameCache[frame] ??=
        spell(D.frames.function[frame], D.frames.line[frame], D.frames.inlined[frame]);
    }

    // In tables: the name without what the file names of all extension modules have (PEP 3149).
    const functionName = fn => spell(fn, 0, false).replace(/\.cpython-\d+[a-z]*-[\w-]+\.so\)/, ".so)");

    // Where a function is, in full.
    function placeOf(fn) {
      const F = D.functions, file = D.paths[F.file[fn]], module = D.paths[F.module[fn]];
      return file ? file + (F.line[fn] > 0 ? ":" + F.line[fn] : "") : module;
    }

    // The tree as it is shown: frames that are told apart by what is shown of them, of the kinds that
    // are. Its nodes are numbered parents first, and alike whatever the range: links name them.
    const treeCache = new Map();
    function shownTree() {
      const id = S.lines + S.kinds;
      if (!treeCache.has(id)) treeCache.set(id, makeTree(S.lines, S.kinds));
      return treeCache.get(id);
    }

    function makeTree(lines, kinds) {
      const keys = frameKeys(lines), width = keys.frames.length;
      const place = new Int32Array(D.nodes), children = new Map(), parent = [-1], key = [keys.of[D.frame[0]]];
      const hides = D.frames.function.map(fn => {
        const kind = D.functions.kind[fn];
        return kinds === "python" ? kind === KIND.native || kind === KIND.kernel
          : kinds === "native" && kind === KIND.python;
      });
      for (let i = 1; i < D.nodes; i++) {
        const above = place[D.parent[i]], frame = D.frame[i];
        if (hides[frame]) { place[i] = above; continue; }
        const id = above * width + keys.of[frame];
        let node = children.get(id);
        if (node === undefined) {
          node = parent.length;
          children.set(id, node);
          parent.push(above);
          key.push(keys.of[frame]);
        }
        place[i] = node;
      }
      return finishTree({ keys, place, count: parent.length, parent: Int32Array.from(parent), key: Int32Array.from(key) });
    }

    // What frames have in common that are one in the tree, with a name and a frame for each.
    function frameKeys(lines) {
      const known = new Map(), of = [], frames = [], names = [];
      D.frames.function.forEach((fn, frame) => {
        const isTold = lines && D.functions.kind[fn] === KIND.python, line = isTold ? D.frames.line[frame] : 0;
        const inlined = D.frames.inlined[frame], id = fn + "," + line + "," + inlined;
        if (!known.has(id)) {
          known.set(id, frames.length);
          frames.push(frame);
          names.push(spell(fn, line, inlined));
        }
        of.push(known.get(id));
      });
      return { of, frames, names, functions: frames.map(frame => D.frames.function[frame]) };
    }

    function finishTree(tree) {
      const { count, parent, key, keys } = tree;
      tree.depth = new Int32Array(count);
      tree.firstChild = new Int32Array(count + 1);
      for (let i = 1; i < count; i++) {
        tree.depth[i] = tree.depth[parent[i]] + 1;
        tree.firstChild[parent[i] + 1]++;
      }
      for (let i = 0; i < count; i++) tree.firstChild[i + 1] += tree.firstChild[i];
      // Dealt out in the order of names, so that each node's children are in that order.
      const order = inOrder(nameRanks(keys), key, count);
      const next = tree.firstChild.slice();
      tree.children = new Int32Array(count);
      for (const node of order) tree.children[next[parent[node]]++] = node;
      tree.fn = Int32Array.from(key, k => keys.functions[k]);
      tree.outermost = outermost(count, parent, tree.fn);
      return tree;
    }

    // All nodes but the root, by the rank of their key: only the keys were ever sorted.
    function inOrder(ranks, key, count) {
      const next = new Int32Array(ranks.length + 1), order = new Int32Array(count - 1);
      for (let i = 1; i < count; i++) next[ranks[key[i]] + 1]++;
      for (let rank = 0; rank < ranks.length; rank++) next[rank + 1] += next[rank];
      for (let i = 1; i < count; i++) order[next[ranks[key[i]]]++] = i;
      return order;
    }

    // Code in the order of its names, then threads and the like in their own.
    function nameRanks(keys) {
      const isGroup = keys.functions.map(fn => D.functions.kind[fn] === KIND.group ? 1 : 0), names = keys.names;
      const order = names.map((_, k) => k);
      order.sort((a, b) => isGroup[a] - isGroup[b]
        || (isGroup[a] || names[a] === names[b] ? a - b : names[a] < names[b] ? -1 : 1));
      const ranks = new Int32Array(order.length);
      order.forEach((k, rank) => { ranks[k] = rank; });
      return ranks;
    }

    // For each node 1 if no node above it has the same identity: its time counts once. A walk that knows
    // which identities are open, because a stack can be as deep as a recording likes.
    function outermost(count, parent, identity) {
      const flags = new Uint8Array(count), firstChild = new Int32Array(count).fill(-1);
      const sibling = new Int32Array(count).fill(-1), open = new Map();
      for (let i = count - 1; i > 0; i--) {
        sibling[i] = firstChild[parent[i]];
        firstChild[parent[i]] = i;
      }
      for (let node = 0; node >= 0;) {
        const depth = open.get(identity[node]) || 0;
        flags[node] = depth ? 0 : 1;
        open.set(identity[node], depth + 1);
        if (firstChild[node] >= 0) { node = firstChild[node]; continue; }
        while (node >= 0) {
          open.set(identity[node], open.get(identity[node]) - 1);
          if (sibling[node] >= 0) { node = sibling[node]; break; }
          node = parent[node];
        }
      }
      return flags;
    }

    // Totals of every node of the shown tree: by state, and of all states together.
    function sumUp(tree, own) {
      const { count, parent, place } = tree, nodes = D.nodes;
      const times = { own: new Float64Array(STATES.length * count), total: null, sum: new Float64Array(count), ownSum: new Float64Array(count) };
      for (let state = 0; state < STATES.length; state++) {
        for (let i = 0, from = state * nodes, to = state * count; i < nodes; i++) {
          if (own[from + i] !== 0) times.own[to + place[i]] += own[from + i];
        }
      }
      times.total = times.own.slice();
      for (let state = 0; state < STATES.length; state++) {
        const base = state * count;
        for (let i = count - 1; i > 0; i--) times.total[base + parent[i]] += times.total[base + i];
        for (let i = 0; i < count; i++) {
          times.sum[i] += times.total[base + i];
          times.ownSum[i] += times.own[base + i];
        }
      }
      return times;
    }

    const statesAt = (array, count, node) => STATES.map((_, state) => array[state * count + node]);

    """#
}
