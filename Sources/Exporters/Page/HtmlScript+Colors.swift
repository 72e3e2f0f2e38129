/// The colours of `FlameColor`, and those of the style sheet for canvases.
extension HtmlScript {
  static let colors: StaticString = #"""

    // --- colours ---

    // Hue by kind, dark by the share of time that held the GIL, grey by the share that waited for it; a
    // small shift by name. The same colours as the SVG's.
    const FAMILIES = [
      { hue: 46, saturation: 95, spread: 2, depth: 22 }, { hue: 212, saturation: 75, spread: 4, depth: 22 },
      { hue: 14, saturation: 80, spread: 3, depth: 22 }, { hue: 220, saturation: 10, spread: 0, depth: 0 }];
    const INLINED = { hue: 172, saturation: 50, spread: 3, depth: 22 };

    const fillCache = new Map();
    function fillOf(frame, held, waiting, whole) {
      const h = whole > 0 ? Math.round(50 * held / whole) : 0, w = whole > 0 ? Math.round(50 * waiting / whole) : 0;
      const id = (frame * 51 + h) * 51 + w;
      if (!fillCache.has(id)) fillCache.set(id, makeFill(frame, h / 50, w / 50));
      return fillCache.get(id);
    }

    function makeFill(frame, held, waiting) {
      const kind = D.functions.kind[D.frames.function[frame]];
      const family = kind === KIND.native && D.frames.inlined[frame] ? INLINED : FAMILIES[kind];
      const hue = family.hue + (D.frames.shift[frame] - 2) * family.spread;
      return "hsl(" + hue + " " + family.saturation * (1 - 0.85 * waiting) + "% "
        + (86 - family.depth * (held + 0.35 * waiting)) + "%)";
    }

    // Of two amounts: red where the first is larger, blue where the second is, the darker the more.
    function contrastFill(a, b, isSignificant) {
      const larger = Math.max(a, b);
      if (!isSignificant || larger <= 0) return "hsl(220 10% 93%)";
      return "hsl(" + (a > b ? 8 : 212) + " 85% " + (88 - 24 * Math.min(1, Math.abs(a - b) / larger)) + "%)";
    }

    // Colours of the page that a canvas needs, as the style sheet has them in light and dark.
    let palette = {};
    function readPalette() {
      const style = getComputedStyle(document.documentElement);
      const get = name => style.getPropertyValue("--" + name).trim();
      palette = { paper: get("paper"), text: get("text"), dim: get("dim"), line: get("line"), shade: get("shade"),
        mark: get("mark"), categories: CATEGORIES.map(category => get("c-" + category.id)) };
    }

    """#
}
