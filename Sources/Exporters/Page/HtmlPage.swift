/// The parts of the page that are the same in every report.
enum HtmlPage {
  /// Up to the title.
  static let head: StaticString = #"""
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="data:,">

    """#

  /// From the headline to the section that the ledger begins.
  static let body: StaticString = #"""
    <p id="failure" role="alert" hidden></p>
    <div id="headline">
    <div id="split" role="img" aria-label="where the time went"></div>
    <div id="keys"></div>
    </div>
    <section id="timeline" aria-label="time line">
    <div class="names"></div>
    <div class="space"></div>
    <canvas class="strip"></canvas>
    <canvas class="overlay" tabindex="0" role="application" aria-label="time range: drag, or arrow keys; with Shift only its end"></canvas>
    </section>
    <div id="timekey"><button id="morelanes" class="link" hidden></button>
    <span class="dim">bars: GIL state, colours as above; thin line: <span class="line k0"></span>Python <span class="line k1"></span>native <span class="line k2"></span>kernel. Drag: range; Ctrl and wheel: zoom.</span></div>
    <div id="tools">
    <div role="tablist">
    <button role="tab" id="tab-flame" aria-controls="view-flame">Flame graph</button>
    <button role="tab" id="tab-inverted" aria-controls="view-inverted">Inverted</button>
    <button role="tab" id="tab-functions" aria-controls="view-functions">Functions</button>
    <button role="tab" id="tab-callers" aria-controls="view-callers">Callers, callees</button>
    <button role="tab" id="tab-source" aria-controls="view-source">Source</button>
    <button role="tab" id="tab-compare" aria-controls="view-compare">Compare</button>
    <button role="tab" id="tab-about" aria-controls="view-about">About</button>
    </div>
    <span class="switches">
    <button id="bygil" title="one tower for each GIL state (g)">by GIL</button>
    <button id="rootontop" title="hang the picture from its root (i)">root on top</button>
    <button id="lines" title="tell Python frames apart by line (l)">lines</button>
    <select id="kinds" aria-label="frames (p)" title="which frames are shown (p)">
    <option value="all">all frames</option><option value="python">Python frames</option><option value="native">native frames</option>
    </select>
    </span>
    <span id="find">
    <span id="matched" role="status"></span>
    <button id="matchesonly" title="keep only stacks that match">only matches</button>
    <input id="search" type="search" placeholder="search: / or Ctrl-F" aria-label="search, a regular expression" spellcheck="false" autocomplete="off">
    <button id="theme" title="light or dark (d)" aria-label="light or dark">◐</button>
    </span>
    </div>
    <div id="chosen">
    <span id="selected" hidden><strong id="selectedname"></strong>
    <button id="tocallers">callers, callees (c)</button>
    <button id="tosource">source (s)</button>
    <button id="onlythis">only stacks with it</button>
    <button id="withoutthis">without it</button>
    <button id="unselect" aria-label="forget the function">✕</button></span>
    <span id="chips"></span><span id="narrow" class="dim"></span>
    <span id="legend"><span class="k0">Python</span><span class="k1">native</span><span class="inl">inlined</span><span class="k2">kernel</span>
    <span class="held">dark: GIL held</span><span class="released">pale: GIL released</span><span class="waiting">grey: waiting for the GIL</span></span>
    </div>
    <main>
    <section role="tabpanel" id="view-flame" class="flame"><div class="space"><canvas role="img" aria-label="flame graph; the functions are also in the table"></canvas></div></section>
    <section role="tabpanel" id="view-inverted" class="flame" hidden><div class="space"><canvas role="img" aria-label="flame graph; the functions are also in the table"></canvas></div></section>
    <section role="tabpanel" id="view-functions" class="table" hidden>
    <p class="dim"><span id="functioncount"></span>; time of itself by GIL state, and in all that it called. A search filters; a click shows callers and callees.</p>
    <div class="head"></div><div class="scroll"><div class="rows"></div></div></section>
    <section role="tabpanel" id="view-callers" hidden><div id="callers">
    <h2 id="callername"></h2><p id="callerfacts"></p><div class="tables"></div></div></section>
    <section role="tabpanel" id="view-source" hidden><div class="files"></div><div class="code">
    <p><strong id="sourcename"></strong> <span id="sourcenote" class="dim"></span></p>
    <div class="head"><span class="number line">line</span><span class="number">self s</span><span class="number">total s</span><span class="number share">%</span><span class="bar">by GIL state</span></div>
    <div class="scroll"><div class="rows"></div></div></div></section>
    <section role="tabpanel" id="view-compare" hidden>
    <p><select id="compared" aria-label="what is compared"></select> <span id="comparenote" class="dim"></span>
    <span class="swatches"><span class="more" id="side-a"></span><span class="less" id="side-b"></span><span class="same">within sampling noise</span></span></p>
    <div id="compareflame" class="flame"><div class="space"><canvas role="img" aria-label="flame graph; the functions are also in the table"></canvas></div></div>
    <div id="comparetable" class="table"><div class="head"></div><div class="scroll"><div class="rows"></div></div></div></section>
    <section role="tabpanel" id="view-about" hidden>

    """#

  /// What follows the ledger.
  static let foot: StaticString = #"""
    <h2>How to read this</h2>
    <p>Times are thread-seconds: four threads that wait for one second wait for four. Every stretch of a
    thread's time is in one category of the headline, whose shares add up to 100 %. Idle time and time
    without a free CPU are counted there, and not drawn until chosen.</p>
    <p>A box of the flame graph is a function on a stack; what it called stands on it, and its width is
    its share of the time drawn. From left to right is the order of names, not of time. The hue is the
    kind of code: <span class="k0 badge">P</span> Python, <span class="k1 badge">N</span> native,
    <span class="inl badge">N</span> inlined, <span class="k2 badge">K</span> kernel. Dark is time that held
    the GIL, pale is time that did not, grey is time that waited for it. In the inverted graph the
    innermost functions come first, those with most time leftmost, and on each stands what called it.</p>
    <p>All of this is added up anew for the range, threads, categories and frames that are chosen. A
    stretch that a range cuts counts with the part inside.</p>
    <h2>Keys</h2>
    <dl id="keylist">
    <dt>1 to 7</dt><dd>flame graph, inverted, functions, callers and callees, source, compare, about</dd>
    <dt>/ or Ctrl-F</dt><dd>search (a regular expression; capitals make it case-sensitive); Enter, n and N step through matches</dd>
    <dt>Esc</dt><dd>end the search, then the zoom, then the filters</dd>
    <dt>0</dt><dd>reset the zoom</dd>
    <dt>Ctrl-click</dt><dd>callers and callees of a box</dd>
    <dt>c, s</dt><dd>callers and callees, source of the function that was clicked last</dd>
    <dt>g, i</dt><dd>one tower for each GIL state; root on top</dd>
    <dt>l, p</dt><dd>Python frames by line or by function; all, Python or native frames</dd>
    <dt>t</dt><dd>one thread after the other</dd>
    <dt>z, Z</dt><dd>time line: zoom to the range, and back; arrow keys move the range when it has the focus</dd>
    <dt>d</dt><dd>light or dark</dd>
    </dl>
    </section>
    </main>
    <footer id="details" role="status"></footer>
    <div id="tip" role="tooltip" hidden></div>

    """#
}
