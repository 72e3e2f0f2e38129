/// What is drawn of the page when something has changed.
extension HtmlScript {
  static let drawing: StaticString = #"""

    // --- the page: what is drawn ---

    const TABS = ["flame", "inverted", "functions", "callers", "source", "compare", "about"];
    let flame, inverted, compared, timeline, functionTable, sourceView, compareTable;

    const range = () => isInRange() ? [S.from, S.to] : [-Infinity, Infinity];

    // What was added up last, and for what: tabs show one sum in different ways.
    let summed = { id: null };
    function sums() {
      const id = JSON.stringify([S.from, S.to, [...S.threads], [...S.shown], S.only, S.without,
        S.matchesOnly ? S.search : ""]);
      if (summed.id !== id) {
        const accepted = acceptedNodes(), [from, to] = range();
        const { own, states } = addUp(lanesShown(), from, to, S.shown, accepted);
        summed = { id, own, states, accepted, times: new Map() };
      }
      return summed;
    }

    function shownTimes() {
      const tree = shownTree(), { own, times } = sums();
      if (!times.has(tree)) times.set(tree, sumUp(tree, own));
      return times.get(tree);
    }

    let isDrawing = false;
    function changed() {
      if (isDrawing) return;
      isDrawing = true;
      requestAnimationFrame(() => {
        isDrawing = false;
        draw();
        remember();
      });
    }

    const VIEWS = {
      flame() {
        const boxes = flameBoxes(shownTree(), shownTimes(), S.zoom, flame.width);
        flame.show(boxes, S.rootOnTop);
        tellFlame(flame, boxes);
      },
      inverted() {
        const boxes = inverseBoxes(shownTree(), shownTimes(), S.inverseZoom, inverted.width);
        inverted.show(boxes, S.rootOnTop);
        tellFlame(inverted, boxes);
      },
      functions() { functionTable.show(shownTree(), shownTimes()); },
      callers() { drawCallers(shownTree(), shownTimes(), choose); },
      source() { sourceView.show(sums().own, shownTimes().sum[0]); },
      compare() { drawCompare(); },
      about() {},
    };

    function draw() {
      readPalette();
      for (const tab of TABS) {
        $("tab-" + tab).setAttribute("aria-selected", tab === S.tab);
        $("view-" + tab).hidden = tab !== S.tab;
      }
      drawSplit();
      drawChips();
      drawSwitches();
      $("matched").textContent = "";
      VIEWS[S.tab]();
      timeline.drawRange();
    }

    function tellFlame(view, boxes) {
      $("matched").textContent = view.matched;
      const whole = seconds(shownTimes().sum[0]);
      $("narrow").textContent = boxes.narrow ? grouped(boxes.narrow) + (boxes.narrow === 1 ? " box" : " boxes")
        + " under 0.3 px not drawn; zoom shows them" : "";
      $("narrow").title = "The picture is " + whole + " thread-seconds wide.";
    }

    function drawCompare() {
      const tree = shownTree(), sides = comparedSides(sums().accepted), kind = COMPARISONS[S.compare];
      $("comparenote").textContent = sides ? kind.note
        : S.compare === "range" ? "Drag over the time line to choose a range." : "Click the name of a thread to choose it.";
      $("side-a").textContent = "more " + kind.a;
      $("side-b").textContent = "more " + kind.b;
      const placed = sides && comparedTree(tree, sides, kind.isScaled);
      compared.sides = placed;
      const boxes = placed ? compareBoxes(tree, placed, S.compareZoom || 0, compared.width)
        : { list: [], levels: 0, narrow: 0, total: 0, tree: null };
      compared.show(boxes, true);
      if (placed) tellFlame(compared, boxes);
      compareTable.show(tree, placed);
    }

    // The headline, of what is looked at. A category is a switch: what is off is counted but not drawn.
    function drawSplit() {
      const amounts = categoriesOf(sums().states), parts = shares(amounts), total = amounts.reduce((a, b) => a + b, 0);
      const bar = [], keys = [];
      CATEGORIES.forEach((category, index) => {
        if (!amounts[index] && (EXCEPTIONAL.has(index) || !S.shown.has(index))) return;
        const isShown = S.shown.has(index), text = (parts[index] / 10).toFixed(1) + " %";
        const part = document.createElement("span");
        part.style.width = parts[index] / 10 + "%";
        part.className = "c-" + category.id + (isShown ? "" : " off");
        part.title = category.text + " " + text;
        bar.push(part);
        const key = document.createElement("button");
        key.className = "key";
        key.setAttribute("aria-pressed", isShown);
        key.title = category.about + ". Click: " + (isShown ? "leave it out" : "show it");
        cell(key, "", "swatch c-" + category.id);
        cell(key, category.text);
        cell(key, seconds(amounts[index], total) + " s", "number");
        cell(key, text, "number strong");
        key.dataset.category = category.id;
        key.addEventListener("click", () => {
          if (!S.shown.delete(index)) S.shown.add(index);
          changed();
        });
        keys.push(key);
      });
      $("split").replaceChildren(...bar);
      const drawn = amounts.reduce((sum, time, index) => S.shown.has(index) ? sum + time : sum, 0);
      const hidden = CATEGORIES.filter((_, index) => amounts[index] > 0 && !S.shown.has(index));
      const text = document.createElement("span");
      text.className = "dim";
      text.id = "drawn";
      text.textContent = "drawn: " + (hidden.length ? seconds(drawn, total) + " of " : "all ") + seconds(total)
        + " thread-seconds" + (hidden.length ? "; not drawn: " + hidden.map(({ text: name }) => name).join(", ") : "")
        + (D.recording.recordsBlocked ? "" : "; time asleep or blocked was not recorded");
      $("keys").replaceChildren(...keys, text);
    }

    function chip(text, remove, title = "remove this filter") {
      const button = document.createElement("button");
      button.className = "chip";
      button.textContent = text + " ✕";
      button.title = title;
      button.addEventListener("click", () => { remove(); changed(); });
      return button;
    }

    function drawChips() {
      const chips = [];
      if (isInRange()) {
        chips.push(chip(seconds(S.from, D.end) + "–" + seconds(S.to, D.end) + " s", () => { S.from = S.to = null; }));
      }
      for (const lane of D.lanes) {
        if (S.threads.has(lane.index)) chips.push(chip(laneName(lane), () => S.threads.delete(lane.index)));
      }
      for (const [list, text] of [[S.only, "only with "], [S.without, "without "]]) {
        for (const fn of list) {
          chips.push(chip(text + shortened(functionName(fn), 60), () => list.splice(list.indexOf(fn), 1)));
        }
      }
      if (S.matchesOnly && S.search) chips.push(chip("only with /" + shortened(S.search, 40) + "/", () => { S.matchesOnly = false; }));
      if (S.kinds !== "all") chips.push(chip(S.kinds === "python" ? "Python frames" : "native frames", () => { S.kinds = "all"; forgetZoom(); }));
      if (zoomName()) chips.push(chip("zoom: " + shortened(zoomName(), 60), unzoom, "reset the zoom (0)"));
      $("chips").replaceChildren(...chips);
      $("selected").hidden = S.fn < 0;
      if (S.fn >= 0) $("selectedname").textContent = shortened(functionName(S.fn), 90);
    }

    function zoomName() {
      const tree = shownTree(), names = node => node > 0 && node < tree.count ? tree.keys.names[tree.key[node]] : "";
      if (S.tab === "inverted") return S.inverseZoom.length ? tree.keys.names[S.inverseZoom.at(-1)] : "";
      if (S.tab === "compare") return names(S.compareZoom);
      if (S.tab !== "flame" || !S.zoom) return "";
      if (!S.byGil) return names(S.zoom);
      return names((S.zoom - 1) % tree.count) || STATES[Math.floor((S.zoom - 1) / tree.count)].text;
    }

    function drawSwitches() {
      const set = (id, on) => $(id).setAttribute("aria-pressed", on);
      set("lines", S.lines);
      set("rootontop", S.rootOnTop);
      set("bygil", S.byGil);
      set("matchesonly", S.matchesOnly);
      $("kinds").value = S.kinds;
      $("compared").value = S.compare;
      $("bygil").hidden = S.tab !== "flame";
      $("rootontop").hidden = S.tab !== "flame" && S.tab !== "inverted";
      $("legend").hidden = S.tab !== "flame" && S.tab !== "inverted";
      $("narrow").textContent = "";
    }


    """#
}
