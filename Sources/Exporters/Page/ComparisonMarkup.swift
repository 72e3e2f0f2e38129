/// The parts of the page of a comparison that are the same in every one.
enum ComparisonMarkup {
  /// What `HtmlStyle` does not have, or has for another layout.
  static let style: StaticString = #"""
    header p.fact{color:var(--text);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
    #times{border-collapse:collapse;margin:0 0 6px 30px;float:right}
    #times td,#times th{padding:1px 0 1px 16px;text-align:right}
    #times td:first-child{text-align:left;padding-left:0}
    #tools .swatches{float:none;display:flex;gap:4px;font-size:11px}
    #tools .swatches span{margin:0}
    main{display:flex;flex-direction:column}
    main>section{position:static;inset:auto}
    #graphs{flex:3;min-height:120px;border-bottom:1px solid var(--edge)}
    #changes{flex:2;min-height:150px}
    #changes .number,#changes .head button{width:78px}
    #changes .head .c-name{width:auto}
    #changes .noise:not(.on){color:var(--dim)}
    header:after{content:"";display:block;clear:both}
    @media(max-width:900px){#times{float:none;margin:6px 0}#changes .number,#changes .head button{width:62px}#changes .c-totalBefore,#changes .c-totalAfter{display:none}}
    @media print{#graphs,#changes{overflow:visible!important}}

    """#

  /// From the header to the data.
  static let body: StaticString = #"""
    <noscript><p>Without its script this page shows only the sums.</p></noscript>
    <p id="failure" role="alert" hidden></p>
    <div id="tools">
    <span class="switches">
    <button id="rootontop" title="hang the picture from its root (i)">root on top</button>
    <button id="hidenoise" title="only what is more than sampling noise (h)">hide noise</button>
    <button id="unzoom" title="the whole picture (0)" hidden>reset zoom</button>
    </span>
    <span class="swatches"><span class="more">more than before</span><span class="less">less</span><span class="same">within sampling noise</span></span>
    <span id="find">
    <span id="matched" role="status"></span>
    <input id="search" type="search" placeholder="search: / or Ctrl-F" aria-label="search, a regular expression" spellcheck="false" autocomplete="off">
    <button id="theme" title="light or dark (d)" aria-label="light or dark">◐</button>
    </span>
    </div>
    <main>
    <section id="graphs" class="flame"><div class="space"><canvas role="img" aria-label="flame graphs before and after; the functions are also in the table"></canvas></div></section>
    <section id="changes" class="table"><div class="head"></div><div class="scroll"><div class="rows"></div></div></section>
    </main>
    <footer id="details" role="status"></footer>
    <div id="tip" role="tooltip" hidden></div>

    """#
}
