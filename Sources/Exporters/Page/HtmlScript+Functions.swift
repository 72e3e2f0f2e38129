/// Tables, and the table of functions.
extension HtmlScript {
  static let functions: StaticString = #"""

    // --- tables ---

    // Rows of one height, of which only those in sight exist.
    class Rows {
      constructor(box, height, fill) {
        this.box = box;
        this.height = height;
        this.fill = fill;
        this.count = 0;
        this.inner = box.querySelector(".rows");
        box.addEventListener("scroll", () => this.draw());
      }

      show(count, top) {
        this.count = count;
        this.inner.style.height = count * this.height + "px";
        if (top !== undefined) this.box.scrollTop = top;
        this.draw();
      }

      draw() {
        const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - 5);
        const last = Math.min(this.count, first + Math.ceil(this.box.clientHeight / this.height) + 10), rows = [];
        for (let i = first; i < last; i++) {
          const row = document.createElement("div");
          row.className = "row";
          row.style.top = i * this.height + "px";
          this.fill(row, i);
          rows.push(row);
        }
        this.inner.replaceChildren(...rows);
      }
    }

    function cell(row, text, className = "") {
      const element = document.createElement("span");
      element.textContent = text;
      element.className = className;
      row.append(element);
      return element;
    }

    // Time of each function of the shown tree; recursion counts once. As the text report has it.
    function functionRows(tree, times) {
      const rows = new Map();
      for (let node = 0; node < tree.count; node++) {
        const fn = tree.fn[node];
        if (D.functions.kind[fn] === KIND.group || !(times.sum[node] > 0)) continue;
        let row = rows.get(fn);
        if (!row) rows.set(fn, row = { fn, own: 0, total: 0, states: noTimes(), totals: noTimes() });
        row.own += times.ownSum[node];
        for (let state = 0; state < STATES.length; state++) row.states[state] += times.own[state * tree.count + node];
        if (!tree.outermost[node]) continue;
        row.total += times.sum[node];
        for (let state = 0; state < STATES.length; state++) row.totals[state] += times.total[state * tree.count + node];
      }
      return [...rows.values()];
    }

    const COLUMNS = [
      { id: "own", text: "self s", value: row => row.own },
      { id: "ownShare", text: "%", sort: "own", value: row => row.own },
      { id: "held", text: "GIL held", value: row => row.states[0] },
      { id: "released", text: "released", value: row => row.states[1] },
      { id: "waiting", text: "waiting", value: row => row.states[2] },
      { id: "none", text: "no state", value: row => row.states[3] },
      { id: "unknown", text: "unknown", value: row => row.states[4] },
      { id: "total", text: "total s", value: row => row.total },
      { id: "totalShare", text: "%", sort: "total", value: row => row.total },
      { id: "name", text: "function", value: row => functionName(row.fn) }];

    class FunctionTable {
      constructor(box, chosen) {
        this.box = box;
        this.head = box.querySelector(".head");
        this.rows = new Rows(box.querySelector(".scroll"), 22, (row, index) => this.fill(row, this.list[index]));
        this.chosen = chosen;
      }

      show(tree, times) {
        const regex = S.search ? expression(S.search) : null;
        this.total = times.sum[0];
        this.list = functionRows(tree, times).filter(row => !regex || regex.test(functionName(row.fn)));
        // A state that has no time has no column.
        this.columns = COLUMNS.filter(column => {
          const state = STATES.findIndex(({ name }) => name === column.id);
          return state < 0 || this.list.some(row => row.states[state] > 0);
        });
        const column = COLUMNS.find(({ id }) => id === S.sort) || COLUMNS[0], sign = S.down ? -1 : 1;
        this.list.sort((a, b) => {
          const [x, y] = [column.value(a), column.value(b)];
          return (x < y ? -1 : x > y ? 1 : 0) * sign || b.total - a.total || a.fn - b.fn;
        });
        this.drawHead();
        this.rows.show(this.list.length);
        $("functioncount").textContent = plural(this.list.length, "function") + (regex ? " match" : "");
      }

      drawHead() {
        this.head.replaceChildren(...this.columns.map(({ id, text, sort }) => {
          const button = document.createElement("button"), key = sort || id;
          button.textContent = text + (key === S.sort && !sort ? (S.down ? " ▾" : " ▴") : "");
          button.className = "c-" + id;
          button.setAttribute("aria-label", "sort by " + (sort ? key + " share" : text));
          button.addEventListener("click", () => {
            S.down = S.sort === key ? !S.down : key !== "name";
            S.sort = key;
            changed();
          });
          return button;
        }));
      }

      fill(row, entry) {
        const share = { ownShare: entry.own, totalShare: entry.total };
        for (const { id, value } of this.columns) {
          if (id === "name") break;
          const time = value(entry);
          cell(row, id in share ? percent(share[id], this.total) : time > 0 ? seconds(time, this.total) : "·", "number c-" + id);
        }
        nameCell(row, entry.fn, this.chosen);
      }
    }

    // Badge, name and place. The letter says what the colour does.
    function nameCell(row, fn, chosen) {
      const F = D.functions, badge = cell(row, BADGES[F.kind[fn]], "badge k" + F.kind[fn]);
      badge.title = KINDS[F.kind[fn]];
      const name = document.createElement("button");
      name.textContent = shortened(functionName(fn));
      name.title = shortened(placeOf(fn));
      name.className = "name";
      name.addEventListener("click", () => chosen(fn));
      row.append(name);
      cell(row, shortened(placeOf(fn), 120), "place");
    }

    """#
}
