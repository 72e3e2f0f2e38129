/// A lane for each thread.
extension HtmlScript {
  static let timeline: StaticString = #"""

    // --- time line ---

    // No canvas can be as high as thousands of lanes.
    const LANE = 22, AXIS = 18, MARGIN = 190, LANES_AT_FIRST = 6, LANES_AT_MOST = 300;

    // A lane for each thread. What stretches are in a column of pixels is added up by category, drawn as
    // bars that stand on a thin line in the colour of the kind of code that was innermost.
    class TimeLine {
      constructor(box, { ranged, picked, hovered }) {
        this.box = box;
        [this.strip, this.overlay] = box.querySelectorAll("canvas");
        this.names = box.querySelector(".names");
        this.window = [0, D.end];
        this.all = false;
        this.order = D.lanes.map(lane => [lane, busyTime(lane)]).sort((a, b) => b[1] - a[1]).map(([lane]) => lane);
        this.ranged = ranged;
        this.picked = picked;
        this.listen(hovered);
      }

      get lanes() { return this.order.slice(0, this.all ? LANES_AT_MOST : LANES_AT_FIRST); }
      get width() { return Math.max(this.box.clientWidth - MARGIN, 50); }
      get height() { return AXIS + this.lanes.length * LANE; }

      timeAt(x) {
        const [from, to] = this.window;
        return Math.min(Math.max(from + (to - from) * x / this.width, 0), D.end);
      }

      xOf(time) { return (time - this.window[0]) / (this.window[1] - this.window[0]) * this.width; }

      listen(hovered) {
        const place = event => event.clientX - this.overlay.getBoundingClientRect().left;
        this.overlay.addEventListener("pointerdown", event => {
          if (event.button !== 0) return;
          this.overlay.setPointerCapture(event.pointerId);
          this.dragFrom = place(event);
        });
        this.overlay.addEventListener("pointermove", event => {
          const x = place(event);
          if (this.dragFrom !== undefined && Math.abs(x - this.dragFrom) > 2) {
            this.ranged(...[this.timeAt(this.dragFrom), this.timeAt(x)].sort((a, b) => a - b));
          }
          const lane = this.lanes[Math.floor((event.clientY - this.overlay.getBoundingClientRect().top - AXIS) / LANE)];
          hovered(lane ? this.about(lane, x) : null, event);
        });
        this.overlay.addEventListener("pointerup", () => { this.dragFrom = undefined; });
        this.overlay.addEventListener("pointerleave", () => hovered(null));
        this.overlay.addEventListener("dblclick", () => this.ranged(null, null));
        this.overlay.addEventListener("wheel", event => {
          // Without a modifier the wheel scrolls, as everywhere.
          if (!event.ctrlKey && !event.shiftKey) return;
          event.preventDefault();
          this.zoomAt(this.timeAt(place(event)), (event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8);
        }, { passive: false });
        this.overlay.addEventListener("keydown", event => this.key(event));
      }

      // The range by keyboard: arrows move it, with Shift its end.
      key(event) {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        const step = (this.window[1] - this.window[0]) / 100 * (event.key === "ArrowLeft" ? -1 : 1);
        let [from, to] = isInRange() ? [S.from, S.to] : [this.window[0], this.window[0] + Math.abs(step) * 10];
        if (!event.shiftKey) from = Math.min(Math.max(from + step, 0), D.end - 1);
        to = Math.min(Math.max(to + step, from + Math.abs(step)), D.end);
        this.ranged(from, to);
        event.preventDefault();
        event.stopPropagation();
      }

      zoomAt(time, factor) {
        const [from, to] = this.window, length = Math.min((to - from) * factor, D.end);
        if (length < 1e5) return;
        const start = Math.min(Math.max(time - (time - from) * factor, 0), D.end - length);
        this.look(start, start + length);
      }

      look(from, to) {
        this.window = [from, to];
        this.draw();
      }

      about(lane, x) {
        const sums = new Float64Array(CATEGORIES.length);
        const { states } = addUp([lane], this.timeAt(x - 0.5), this.timeAt(x + 0.5), new Set(), null);
        states.forEach((time, state) => { sums[CATEGORY_OF[state]] += time; });
        const largest = sums.indexOf(Math.max(...sums));
        return [laneName(lane), "at " + seconds(this.timeAt(x), D.end) + " s: "
          + (sums[largest] > 0 ? CATEGORIES[largest].text : "nothing recorded")];
      }

      draw() {
        const scale = devicePixelRatio || 1, width = this.width, height = this.height;
        for (const canvas of [this.strip, this.overlay]) {
          canvas.width = Math.round(width * scale);
          canvas.height = Math.round(height * scale);
          canvas.style.width = width + "px";
          canvas.style.height = height + "px";
          canvas.style.left = MARGIN + "px";
        }
        this.box.querySelector(".space").style.height = height + "px";
        const context = this.strip.getContext("2d");
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.clearRect(0, 0, width, height);
        this.drawAxis(context, width, height);
        this.lanes.forEach((lane, row) => this.drawLane(context, lane, AXIS + row * LANE, width));
        this.drawNames();
        this.drawRange();
      }

      drawAxis(context, width, height) {
        const [from, to] = this.window, rough = (to - from) / Math.max(width / 90, 1);
        const power = 10 ** Math.floor(Math.log10(rough)), step = power * [1, 2, 5, 10].find(n => power * n >= rough);
        const decimals = Math.max(0, 9 - Math.floor(Math.log10(step) + 1e-9));
        context.font = "11px Verdana, \"DejaVu Sans\", sans-serif";
        context.textBaseline = "middle";
        for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
          const x = this.xOf(time);
          context.fillStyle = palette.line;
          context.fillRect(x, AXIS - 4, 1, height);
          context.fillStyle = palette.dim;
          context.fillText((time / 1e9).toFixed(decimals) + " s", x + 3, AXIS / 2);
        }
      }

      drawLane(context, lane, y, width) {
        const columns = Math.ceil(width), sums = new Float64Array(columns * CATEGORIES.length), kinds = new Float64Array(columns * 4);
        const [from, to] = this.window, perPixel = (to - from) / width;
        const { start, duration, state, node } = D;
        for (let i = firstAfter(lane, from); i < lane.to && start[i] < to; i++) {
          const end = Math.min(start[i] + duration[i], to), category = CATEGORY_OF[state[i]], kind = D.kindOfNode[node[i]];
          let time = Math.max(start[i], from), column = Math.floor((time - from) / perPixel);
          while (time < end && column < columns) {
            const next = Math.min(end, from + (column + 1) * perPixel);
            sums[column * CATEGORIES.length + category] += next - time;
            // What idles is not code that runs.
            if (category < HIDDEN_AT_FIRST) kinds[column * 4 + kind] += next - time;
            time = next;
            column++;
          }
        }
        for (let column = 0; column < columns; column++) this.drawColumn(context, sums, kinds, column, y, perPixel);
      }

      drawColumn(context, sums, kinds, column, y, perPixel) {
        const full = LANE - 8;
        let bottom = y + LANE - 6;
        for (let category = 0; category < CATEGORIES.length; category++) {
          const height = full * sums[column * CATEGORIES.length + category] / perPixel;
          if (height < 0.05) continue;
          context.fillStyle = palette.categories[category];
          context.fillRect(column, bottom - height, 1, height);
          bottom -= height;
        }
        let kind = -1, most = 0;
        for (let k = 0; k < 4; k++) if (kinds[column * 4 + k] > most) { most = kinds[column * 4 + k]; kind = k; }
        if (kind < 0) return;
        context.fillStyle = "hsl(" + FAMILIES[kind].hue + " " + FAMILIES[kind].saturation + "% 60%)";
        context.fillRect(column, y + LANE - 5, 1, 3);
      }

      drawNames() {
        const rows = this.lanes.map(lane => {
          const button = document.createElement("button");
          // What tells threads of a pool apart is the end of their names: only what is before it gives way.
          const [start, end] = laneParts(lane);
          cell(button, start, "start");
          cell(button, end, "end");
          button.title = laneName(lane) + ": only this thread; with Ctrl also this one";
          button.setAttribute("aria-pressed", S.threads.has(lane.index));
          button.addEventListener("click", event => this.picked(lane, event.ctrlKey || event.metaKey));
          return button;
        });
        const hidden = Math.min(this.order.length, LANES_AT_MOST) - this.lanes.length;
        const never = this.order.length - LANES_AT_MOST;
        $("morelanes").hidden = this.order.length <= LANES_AT_FIRST;
        $("morelanes").textContent = (hidden ? "show " + plural(hidden, "more thread") : "show fewer threads")
          + (never > 0 ? "; " + grouped(never) + " did less and have no lane" : "");
        this.names.replaceChildren(...rows);
      }

      // What is not looked at lies in the shade.
      drawRange() {
        const scale = devicePixelRatio || 1, context = this.overlay.getContext("2d");
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.clearRect(0, 0, this.width, this.height);
        context.fillStyle = palette.shade;
        if (S.threads.size) {
          this.lanes.forEach((lane, row) => {
            if (!S.threads.has(lane.index)) context.fillRect(0, AXIS + row * LANE, this.width, LANE);
          });
        }
        for (const button of this.names.children) {
          const lane = this.lanes[Array.prototype.indexOf.call(this.names.children, button)];
          button.setAttribute("aria-pressed", S.threads.has(lane.index));
        }
        if (!isInRange()) return;
        const from = this.xOf(S.from), to = this.xOf(S.to);
        context.fillRect(0, 0, Math.max(from, 0), this.height);
        context.fillRect(to, 0, Math.max(this.width - to, 0), this.height);
        context.fillStyle = palette.text;
        context.fillRect(from, 0, 1, this.height);
        context.fillRect(to - 1, 0, 1, this.height);
      }
    }

    // What the lane did, by which lanes are in order: time that neither idles nor lacks a CPU.
    function busyTime(lane) {
      let busy = 0;
      for (let i = lane.from; i < lane.to; i++) if (CATEGORY_OF[D.state[i]] < HIDDEN_AT_FIRST) busy += D.duration[i];
      return busy;
    }

    function laneName(lane) { return laneParts(lane).join(""); }

    function laneParts(lane) {
      const { name, tid, process } = lane.thread, text = shortened(name, 80);
      const number = name === "thread " + tid ? "" : " (" + tid + ")", cut = Math.max(0, [...text].length - 8);
      const start = [...text].slice(0, cut).join("");
      return [(process ? "pid " + process + " " : "") + start, text.slice(start.length) + number];
    }

    """#
}
