/// Sources with the time of each line.
extension HtmlScript {
  static let source: StaticString = #"""

    // --- sources ---

    // The tree of all stacks with its totals, which knows the lines of native code too.
    function lineTimes(own) {
      const { nodes, parent } = D, total = own.slice();
      for (let state = 0; state < STATES.length; state++) {
        for (let i = nodes - 1, base = state * nodes; i > 0; i--) total[base + parent[i]] += total[base + i];
      }
      return { own, total };
    }

    const sumAt = (array, node) =>
      array[node] + array[D.nodes + node] + array[2 * D.nodes + node] + array[3 * D.nodes + node];

    const fileOfNode = () => D.fileOfNode ??= Int32Array.from(D.frame, frame => D.functions.file[D.frames.function[frame]]);

    function fileTimes(times) {
      const files = fileOfNode(), sums = new Map();
      D.outermostFile ??= outermost(D.nodes, D.parent, files);
      for (let node = 1; node < D.nodes; node++) {
        if (!files[node] || !D.outermostFile[node]) continue;
        const time = sumAt(times.total, node);
        if (time > 0) sums.set(files[node], (sums.get(files[node]) || 0) + time);
      }
      return [...sums].map(([file, time]) => ({ file, time })).sort((a, b) => b.time - a.time || a.file - b.file);
    }

    const lineFlags = new Map();
    function linesOfFile(file, times) {
      const files = fileOfNode();
      if (!lineFlags.has(file)) {
        const identity = Int32Array.from(D.frame, (frame, node) => files[node] === file ? D.frames.line[frame] : -1);
        lineFlags.set(file, outermost(D.nodes, D.parent, identity));
      }
      const flags = lineFlags.get(file), lines = new Map();
      for (let node = 1; node < D.nodes; node++) {
        if (files[node] !== file) continue;
        const frame = D.frame[node], line = D.frames.line[frame], total = sumAt(times.total, node);
        if (!(total > 0)) continue;
        let row = lines.get(line);
        if (!row) lines.set(line, row = { line, own: 0, total: 0, states: noTimes(), fn: D.frames.function[frame] });
        row.own += sumAt(times.own, node);
        if (!flags[node]) continue;
        row.total += total;
        for (let state = 0; state < STATES.length; state++) row.states[state] += times.total[state * D.nodes + node];
      }
      return lines;
    }

    class SourceView {
      constructor(box, chosen) {
        this.list = box.querySelector(".files");
        this.code = new Rows(box.querySelector(".scroll"), 18, (row, index) => this.fill(row, index));
        this.chosen = chosen;
        this.texts = new Map(D.sources.map(({ file, text, note }) => [file, { lines: text ? text.split("\n") : null, note }]));
      }

      show(own, total) {
        const times = lineTimes(own), files = fileTimes(times);
        this.total = total;
        if (S.file < 0 || !files.some(({ file }) => file === S.file)) {
          // What can be read comes first.
          S.file = (files.find(({ file }) => this.texts.get(file)?.lines) || files[0] || { file: -1 }).file;
        }
        const names = files.map(({ file }) => basename(D.paths[file]));
        // A folder tells files of one name apart.
        this.list.replaceChildren(...files.slice(0, 300).map((entry, i) => this.fileButton(entry,
          names.indexOf(names[i]) === names.lastIndexOf(names[i]) ? names[i] : D.paths[entry.file].split("/").slice(-2).join("/"))));
        if (S.file < 0) {
          this.rows = [];
          $("sourcename").textContent = "";
          $("sourcenote").textContent = "No frame that is shown has a source file.";
          return this.code.show(0);
        }
        this.times = linesOfFile(S.file, times);
        const text = this.texts.get(S.file), hot = [...this.times.keys()].sort((a, b) => a - b);
        this.rows = text?.lines ? text.lines.map((code, i) => ({ line: i + 1, code }))
          : hot.map(line => ({ line, code: line > 0 ? "" : "(line unknown)" }));
        $("sourcename").textContent = D.paths[S.file];
        $("sourcenote").textContent = text?.lines ? text.note
          : "The text of this file is not part of this page. " + (text?.note || "") + " Its lines by time:";
        const hottest = [...this.times.values()].sort((a, b) => b.total - a.total)[0];
        const target = S.line || hottest?.line || 1, isNew = this.shown !== S.file + ":" + S.line;
        this.shown = S.file + ":" + S.line;
        const top = text?.lines ? (target - 1) * 18 - this.code.box.clientHeight / 2 : 0;
        this.code.show(this.rows.length, isNew ? Math.max(0, top) : undefined);
      }

      fileButton({ file, time }, name) {
        const button = document.createElement("button");
        button.className = "row" + (file === S.file ? " chosen" : "");
        cell(button, percent(time, this.total), "number share");
        cell(button, name, this.texts.get(file)?.lines ? "" : "dim").title = D.paths[file];
        button.addEventListener("click", () => { S.file = file; S.line = 0; changed(); });
        return button;
      }

      fill(row, index) {
        const { line, code } = this.rows[index], times = this.times.get(line);
        if (line === S.line) row.classList.add("chosen");
        cell(row, line || "", "number line");
        cell(row, times && times.own > 0 ? seconds(times.own, this.total) : "", "number");
        cell(row, times ? seconds(times.total, this.total) : "", "number");
        cell(row, times ? percent(times.total, this.total) : "", "number share");
        const bar = cell(row, "", "bar");
        if (times) {
          bar.style.background = mixture(times.states, times.total, this.total);
          bar.title = times.states.map((t, s) => t > 0 ? STATES[s].text + " " + seconds(t) + " s" : "").filter(Boolean).join(", ");
          row.style.setProperty("--heat", Math.min(1, Math.sqrt(times.total / (this.total || 1))));
          row.classList.add("hot");
        }
        const text = cell(row, code.slice(0, 2000), "code");
        if (times) {
          text.title = functionName(times.fn) + ": callers and callees";
          text.addEventListener("click", () => this.chosen(times.fn));
        }
      }
    }

    """#
}
