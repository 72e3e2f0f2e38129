/// Flame graphs on a canvas.
extension HtmlScript {
  static let flame: StaticString = #"""

    // --- flame graphs: their pictures ---

    // A canvas as large as what can be seen of it, in a box that scrolls: pictures can be taller than any
    // canvas may be.
    class FlameView {
      constructor(box, { zoomed, hovered, fill }) {
        this.box = box;
        this.canvas = box.querySelector("canvas");
        this.space = box.querySelector(".space");
        this.fill = fill || (item => fillOf(item.frame, item.total[0], item.total[2], item.time));
        this.boxes = { list: [], levels: 0, narrow: 0, total: 0, tree: null };
        this.levels = [];
        this.hover = this.current = null;
        this.hits = [];
        this.below = 0;
        box.addEventListener("scroll", () => {
          this.below = Math.max(0, this.height - this.box.scrollTop - this.box.clientHeight);
          this.draw();
        });
        this.canvas.addEventListener("mousemove", event => { this.point(event); hovered(this.hover, event); });
        this.canvas.addEventListener("mouseleave", () => { this.hover = null; this.draw(); hovered(null); });
        this.canvas.addEventListener("click", event => {
          this.point(event);
          if (this.hover) zoomed(this.hover, event);
        });
      }

      get width() { return Math.max(this.box.clientWidth, 100); }

      show(boxes, rootOnTop) {
        this.boxes = boxes;
        this.rootOnTop = rootOnTop;
        this.levels = Array.from({ length: boxes.levels }, () => []);
        for (const item of boxes.list) (this.levels[item.level] ||= []).push(item);
        for (const level of this.levels) level.sort((a, b) => a.x - b.x);
        this.height = Math.max(this.levels.length * ROW + 2, this.box.clientHeight);
        this.space.style.height = this.height + "px";
        // What stood at the bottom stays there, however high the picture has become.
        if (!rootOnTop) this.box.scrollTop = this.height - this.box.clientHeight - this.below;
        this.search(S.search);
      }

      top(level) {
        return (this.rootOnTop ? level * ROW : this.height - (level + 1) * ROW) - this.box.scrollTop;
      }

      point(event) {
        const area = this.canvas.getBoundingClientRect(), y = event.clientY - area.top + this.box.scrollTop;
        const level = Math.floor(this.rootOnTop ? y / ROW : (this.height - y) / ROW);
        const x = (event.clientX - area.left) / this.width, list = this.levels[level] || [];
        const before = this.hover;
        this.hover = list.find(item => item.x <= x && x < item.x + item.share) || null;
        if (this.hover !== before) this.draw();
      }

      // Marks what matches, and tells which share of the time in view that is.
      search(text) {
        const regex = text ? expression(text) : null;
        this.hits = [];
        for (const item of this.boxes.list) {
          item.hit = regex !== null && regex.test(shortened(item.name));
          if (item.hit) this.hits.push(item);
        }
        this.hits.sort((a, b) => a.x - b.x || a.level - b.level);
        this.current = null;
        this.matched = !text ? "" : regex === null ? "not a regular expression"
          : "Matched: " + (this.boxes.tree ? 100 * matchedShare(this.boxes, regex) : 0).toFixed(1) + "% in " + plural(this.hits.length, "frame");
        this.draw();
      }

      step(by) {
        if (!this.hits.length) return;
        const at = this.hits.indexOf(this.current), count = this.hits.length;
        this.current = this.hits[at < 0 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count];
        const y = this.top(this.current.level);
        if (y < 0 || y > this.box.clientHeight - 2 * ROW) this.box.scrollTop += y - this.box.clientHeight / 2;
        this.draw();
      }

      draw() {
        const scale = devicePixelRatio || 1, width = this.width, height = this.box.clientHeight;
        const canvas = this.canvas, context = canvas.getContext("2d");
        if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
          canvas.width = Math.round(width * scale);
          canvas.height = Math.round(height * scale);
          canvas.style.width = width + "px";
          canvas.style.height = height + "px";
        }
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.clearRect(0, 0, width, height);
        context.font = "12px Menlo, Consolas, \"DejaVu Sans Mono\", monospace";
        context.textBaseline = "middle";
        const advance = context.measureText("M").width;
        this.levels.forEach((level, number) => {
          const y = this.top(number);
          if (y > height || y < -ROW) return;
          for (const item of level) this.drawBox(context, item, y, width, advance);
        });
      }

      drawBox(context, item, y, width, advance) {
        const x = item.x * width, w = item.share * width, isWide = w >= 3;
        context.globalAlpha = item.faded ? 0.45 : 1;
        context.fillStyle = item.hit ? palette.mark : this.fill(item);
        context.fillRect(x, y, isWide ? w - 0.6 : w, ROW - 1);
        context.globalAlpha = 1;
        if (item === this.hover || item === this.current) {
          context.strokeStyle = palette.text;
          context.lineWidth = item === this.current ? 2 : 1;
          context.strokeRect(x + 0.5, y + 0.5, Math.max(w - 1.6, 0.5), ROW - 2);
        }
        if (w < LABELLED) return;
        const text = label(item.name, D.functions.scoped[item.fn], Math.floor((w - 6) / advance));
        context.fillStyle = item.faded ? palette.text : "#111";
        if (text) context.fillText(text, x + 3, y + ROW / 2);
      }
    }

    const columnsOf = character => character.codePointAt(0) < 0x1100 ? 1 : 2;

    // A name in so many columns: Cython's lose their leading scopes first, and two dots end what is cut.
    function label(name, isScoped, room) {
      if (room < 3) return "";
      if (name.length <= room && /^[\x20-\x7e]*$/.test(name)) return name;
      let text = isScoped ? withoutScopes(name, room) : name, out = "", columns = 0;
      // No more of a long name than could ever be shown.
      text = text.slice(0, 2 * room + 2);
      for (const character of text) columns += columnsOf(character);
      if (columns <= room) return text;
      columns = 2;
      for (const character of text) {
        columns += columnsOf(character);
        if (columns > room) break;
        out += character;
      }
      return out + "..";
    }

    // "sklearn.tree._tree.Tree.predict" tells least at its start.
    function withoutScopes(text, room) {
      if (text.length <= room) return text;
      const end = text.search(/[ \[]|$/);
      let start = 0;
      for (let dot; end - start + 2 > room; start = dot + 1) {
        dot = text.indexOf(".", start);
        if (dot < 0 || dot >= end) break;
      }
      return text.slice(start);
    }

    // What a pointer at a box is told.
    function boxLines(item, whole) {
      const parts = item.total.map((time, state) => time > 0 ? STATES[state].text + " " + seconds(time) + " s" : "");
      return [shortened(item.name),
        seconds(item.time) + " s, " + (100 * item.time / (whole || 1)).toFixed(2) + " %; self " + seconds(item.own) + " s",
        parts.filter(Boolean).join(", "),
        item.isGroup ? "" : shortened(placeOf(item.fn)), item.isGroup ? "" : shortened(D.functions.symbol[item.fn])].filter(Boolean);
    }

    """#
}
