/// The style sheet of the page, light and dark.
enum HtmlStyle {
  static let source: StaticString = #"""

    :root{color-scheme:light;--paper:#fff;--text:#222;--dim:#5d6470;--line:#e3e5ea;--soft:#f3f4f7;--edge:#c4c8d0;
    --accent:#1f5fbf;--shade:rgba(120,125,135,.38);--mark:#f070f0;--chosen:#dbe7fb;
    --c-held:#2f8f46;--c-native:#4a8fe0;--c-waiting:#d8493a;--c-blocked:#8a5bb5;--c-runnable:#c9a227;--c-idle:#dfe2e8;--c-unknown:#8b8f98;--c-away:#c3c6cd;--c-none:#7f9cc4}
    @media(prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;--paper:#17191e;--text:#e0e2e7;--dim:#9aa1ad;--line:#2b2f37;--soft:#20232a;--edge:#4a505c;
    --accent:#7fb0ff;--shade:rgba(0,0,0,.55);--mark:#f070f0;--chosen:#2b3a55;--c-held:#41a95b;--c-native:#4a8fe0;--c-waiting:#e2594a;--c-blocked:#9d73c6;--c-runnable:#c9a227;--c-idle:#343943;--c-unknown:#7d828c;--c-away:#50555f;--c-none:#6f8ab0}}
    :root[data-theme=dark]{color-scheme:dark;--paper:#17191e;--text:#e0e2e7;--dim:#9aa1ad;--line:#2b2f37;--soft:#20232a;--edge:#4a505c;
    --accent:#7fb0ff;--shade:rgba(0,0,0,.55);--mark:#f070f0;--chosen:#2b3a55;--c-held:#41a95b;--c-native:#4a8fe0;--c-waiting:#e2594a;--c-blocked:#9d73c6;--c-runnable:#c9a227;--c-idle:#343943;--c-unknown:#7d828c;--c-away:#50555f;--c-none:#6f8ab0}
    *{box-sizing:border-box}
    [hidden]{display:none!important}
    html{height:100%;background:var(--paper)}
    body{margin:0;padding:8px 10px 0;height:100%;min-height:620px;display:flex;flex-direction:column;background:var(--paper);color:var(--text);
    font:12px Verdana,"DejaVu Sans",sans-serif}
    h1{font-size:16px;margin:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
    h2{font-size:14px;margin:14px 0 6px}
    h3{font-size:12px;margin:4px 0}
    p{margin:4px 0}
    header p{color:var(--dim)}
    header p.condition{color:var(--text);font-weight:bold}
    header p.warning{border-left:4px solid var(--c-runnable);padding-left:6px}
    #failure{color:#c0392b;font-weight:bold}
    button,select,input{font:inherit;color:inherit;background:var(--soft);border:1px solid var(--edge);border-radius:4px;padding:2px 7px}
    button{cursor:pointer}
    button:hover{border-color:var(--accent)}
    button[aria-pressed=true],button[aria-selected=true]{background:var(--chosen);border-color:var(--accent)}
    :focus-visible{outline:2px solid var(--accent);outline-offset:1px}
    button.link,.name{background:none;border:none;padding:0;color:var(--accent);text-align:left}
    .name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;flex:0 1 auto;font:12px Menlo,Consolas,"DejaVu Sans Mono",monospace}
    .name:hover,button.link:hover{text-decoration:underline}
    .dim,.place{color:var(--dim)}
    .strong{font-weight:bold}
    .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
    #headline,#timeline,#timekey,#tools,#chosen{display:none}
    .ready #headline,.ready #timeline{display:block}
    .ready #timekey,.ready #tools,.ready #chosen{display:flex}
    #headline{margin:6px 0 4px}
    #split{display:flex;height:12px;border-radius:3px;overflow:hidden}
    #split span{height:100%}
    #split .off,.key[aria-pressed=false] .swatch{opacity:.45;background-image:repeating-linear-gradient(45deg,transparent 0 3px,var(--paper) 3px 5px)}
    #keys{display:flex;flex-wrap:wrap;gap:4px;align-items:center;margin-top:4px}
    .key{display:flex;gap:6px;align-items:center;background:none;border-color:var(--line)}
    .key[aria-pressed=true]{background:var(--soft);border-color:var(--edge)}
    .key[aria-pressed=false]{color:var(--dim)}
    .swatch{width:11px;height:11px;border-radius:2px;display:inline-block}
    #split .c-held,.swatch.c-held{background-color:var(--c-held)}
    #split .c-native,.swatch.c-native{background-color:var(--c-native)}
    #split .c-waiting,.swatch.c-waiting{background-color:var(--c-waiting)}
    #split .c-blocked,.swatch.c-blocked{background-color:var(--c-blocked)}
    #split .c-runnable,.swatch.c-runnable{background-color:var(--c-runnable)}
    #split .c-idle,.swatch.c-idle{background-color:var(--c-idle)}
    #split .c-unknown,.swatch.c-unknown{background-color:var(--c-unknown)}
    #split .c-away,.swatch.c-away{background-color:var(--c-away)}
    .swatch.c-idle{border:1px solid var(--edge)}
    #timeline{position:relative;max-height:34vh;overflow:auto;flex:none;border-top:1px solid var(--line)}
    #timeline canvas{position:absolute;top:0;left:190px}
    #timeline .overlay{cursor:crosshair;touch-action:none}
    #timeline .names{position:absolute;top:18px;left:0;width:186px}
    #timeline .names button{display:flex;justify-content:flex-end;width:100%;height:22px;border:none;border-radius:3px;background:none;text-align:right;padding:0 4px 3px;overflow:hidden;white-space:pre}
    #timeline .names .start{flex:0 1 auto;min-width:0;overflow:hidden;text-overflow:ellipsis}
    #timeline .names .end{flex:none}
    #timeline .names button:hover{text-decoration:underline}
    #timeline .names button[aria-pressed=true]{background:var(--chosen);font-weight:bold}
    #timekey{justify-content:flex-end;gap:14px;font-size:11px;padding:1px 0}
    .line{display:inline-block;width:14px;height:3px;vertical-align:middle;margin:0 3px 0 6px}
    .line.k0{background:hsl(46 95% 60%)}.line.k1{background:hsl(212 75% 60%)}.line.k2{background:hsl(14 80% 60%)}
    #tools{flex-wrap:wrap;gap:4px 12px;align-items:center;border-bottom:1px solid var(--edge);padding-bottom:4px;flex:none}
    #tools [role=tablist]{display:flex;gap:2px}
    #tools [role=tab]{border-radius:4px}
    .switches{display:flex;gap:4px}
    #find{margin-left:auto;display:flex;gap:6px;align-items:center}
    #search{width:190px}
    #chosen{flex-wrap:wrap;gap:4px 10px;align-items:center;min-height:25px;padding:2px 0;flex:none}
    #selected{display:flex;flex-wrap:wrap;gap:4px;align-items:center;min-width:0}
    #selectedname{font:bold 12px Menlo,Consolas,"DejaVu Sans Mono",monospace;max-width:60vw;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
    #chips{display:flex;flex-wrap:wrap;gap:4px}
    .chip{background:var(--chosen);border-radius:10px}
    #narrow,#legend{margin-left:auto}
    #narrow~#legend{margin-left:0}
    #narrow:empty~#legend{margin-left:auto}
    #legend{display:flex;gap:4px;font-size:11px}
    #legend span{color:#111;padding:0 6px;border-radius:2px}
    #legend .k0{background:linear-gradient(90deg,hsl(46 95% 64%) 50%,hsl(46 95% 86%) 0)}
    #legend .k1{background:linear-gradient(90deg,hsl(212 75% 64%) 50%,hsl(212 75% 86%) 0)}
    #legend .inl{background:linear-gradient(90deg,hsl(172 50% 64%) 50%,hsl(172 50% 86%) 0)}
    #legend .k2{background:linear-gradient(90deg,hsl(14 80% 64%) 50%,hsl(14 80% 86%) 0)}
    #legend .held{margin-left:10px;background:hsl(212 75% 64%)}
    #legend .released{background:hsl(212 75% 86%)}
    #legend .waiting{background:hsl(212 11% 78%)}
    main{flex:1;min-height:0;position:relative}
    main>section{position:absolute;inset:0;overflow:auto}
    .flame{overflow-x:hidden;overflow-y:auto}
    .flame canvas{position:sticky;top:0;left:0;display:block;cursor:pointer}
    .table{display:flex;flex-direction:column;overflow:hidden!important}
    .table .scroll,.code .scroll{flex:1;min-height:0;overflow:auto;position:relative}
    .head{display:flex;gap:8px;border-bottom:1px solid var(--edge);padding:2px 0;overflow-y:scroll;scrollbar-gutter:stable;flex:none}
    .head button{border:none;background:none;padding:0;font-weight:bold;text-align:right}
    .head .c-name{text-align:left}
    .head span{font-weight:bold}
    .rows{position:relative}
    .rows .row{position:absolute;left:0;right:0;display:flex;gap:8px;height:22px;align-items:center;white-space:nowrap}
    .row:hover{background:var(--soft)}
    .table .number,.head button{width:72px;flex:none}
    .table .number.c-ownShare,.table .number.c-totalShare,.head .c-ownShare,.head .c-totalShare{width:44px}
    .head .c-name,.head .label{width:auto;flex:1}
    .on{color:#111;border-radius:2px;padding-right:3px}
    .place{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;flex:1 1 0;min-width:0;direction:rtl;text-align:left;unicode-bidi:plaintext}
    .badge{display:inline-block;width:15px;height:15px;line-height:15px;font-size:10px;text-align:center;border-radius:3px;color:#111;flex:none}
    .badge.k0{background:hsl(46 95% 70%)}.badge.k1{background:hsl(212 75% 78%)}.badge.k2{background:hsl(14 80% 76%)}.badge.inl{background:hsl(172 50% 76%)}
    .bar{width:90px;height:10px;flex:none;border-radius:2px}
    #callername{display:flex;gap:8px;align-items:center}
    #callername .name{font-size:14px;font-weight:bold;color:inherit}
    .tables{display:grid;grid-template-columns:1fr 1fr;gap:20px;margin-top:8px}
    .tables>div{min-width:0}
    .tables .row{display:flex;gap:8px;height:22px;align-items:center;white-space:nowrap;min-width:0}
    .tables .number{width:66px;flex:none}
    .share{width:44px!important;flex:none}
    #view-source{display:flex;gap:10px;overflow:hidden}
    .files{width:240px;flex:none;overflow:auto}
    .files .row{display:flex;gap:8px;width:100%;border:none;background:none;text-align:left;padding:2px 4px;border-radius:3px;overflow:hidden;white-space:nowrap}
    .files .row span:last-child{overflow:hidden;text-overflow:ellipsis}
    .files .chosen{background:var(--chosen)}
    .code{flex:1;min-width:0;display:flex;flex-direction:column}
    .code .head{font-size:11px}
    .code .head .bar{height:auto}
    .code .row{height:18px;font:12px Menlo,Consolas,"DejaVu Sans Mono",monospace}
    .code .number{width:62px;flex:none;color:var(--dim)}
    .code .line{width:44px}
    .code .head .line{display:inline;height:auto;margin:0}
    .code .row .line{display:inline;height:auto;margin:0}
    .code .hot{background:rgb(255 140 0 / calc(.42 * var(--heat)))}
    .code .hot .number{color:inherit}
    .code .hot .code{cursor:pointer}
    .code .row.chosen{outline:1px solid var(--accent)}
    .row .code{white-space:pre;display:block;overflow:hidden;text-overflow:ellipsis}
    #view-compare{display:flex;flex-direction:column;overflow:hidden}
    #view-compare>p{flex:none}
    #compareflame{flex:3;min-height:0;overflow-y:auto;border-bottom:1px solid var(--edge)}
    #comparetable{flex:2;min-height:0}
    #comparetable .number{width:110px}
    #comparetable .head .number{white-space:normal}
    .swatches{float:right}
    .swatches span{color:#111;padding:1px 6px;border-radius:3px;margin-left:4px}
    .more{background:hsl(8 85% 70%)}.less{background:hsl(212 85% 70%)}.same{background:hsl(220 10% 93%)}
    #view-about{max-width:110ch;line-height:1.5}
    dl{display:grid;grid-template-columns:auto 1fr;gap:3px 14px;margin:4px 0}
    dt{grid-column:1;font-weight:bold}dd{grid-column:2;margin:0}
    #details{flex:none;height:22px;line-height:22px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;border-top:1px solid var(--line);font:12px/22px Menlo,Consolas,"DejaVu Sans Mono",monospace}
    #tip{position:fixed;z-index:9;max-width:70vw;padding:5px 8px;border-radius:4px;background:var(--paper);color:var(--text);border:1px solid var(--edge);box-shadow:0 2px 8px rgba(0,0,0,.3);pointer-events:none;overflow-wrap:anywhere}
    #tip div:first-child{font-weight:bold}
    noscript table{border-collapse:collapse}noscript td{padding:1px 12px 1px 0}
    @media(max-width:900px){.tables{grid-template-columns:1fr}.files{width:150px}.place{display:none}#comparetable .number{width:84px}.table .number,.head button{width:60px}}
    @media print{body{height:auto;min-height:0;display:block}#tools,#timekey,#selected,#details,#tip{display:none!important}main>section{position:static}
    .flame{height:auto}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}

    """#
}
