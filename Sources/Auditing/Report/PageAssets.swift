internal import Digests

/// The style and the script of a page, which are the same in all pages and hold no data.
enum PageAssets {
  /// What a browser may do with the page: apply this style and run this script, and load nothing.
  static let policy =
    "default-src 'none'; style-src '\(source(style))'; script-src '\(source(script))'; base-uri 'none'; form-action 'none'"

  /// Source: Content Security Policy Level 3, section 2.3.1, `hash-source`.
  private static func source(_ literal: StaticString) -> String {
    let text = UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
    let hex = Array(SHA256Hasher.digest(of: text).hex.utf8)
    let bytes = stride(from: 0, to: hex.count, by: 2).compactMap {
      UInt8(String(decoding: hex[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
    return "sha256-\(Base64.encode(bytes))"
  }

  static let style: StaticString = """
    :root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--soft:#59636e;--line:#d1d9e0;--band:#f6f8fa;\
    --link:#0757b8;--warn:#8a3b00;--warn-ground:#fff4e5;--bad:#a40e26;--good:#0f5f26;--add:#dafbe1;--del:#ffebe9}
    @media(prefers-color-scheme:dark){:root{--ground:#0d1117;--text:#e6edf3;--soft:#9ba5b0;--line:#3d444d;--band:#161b22;\
    --link:#6cb0ff;--warn:#ffb77c;--warn-ground:#33230f;--bad:#ff8f87;--good:#62d17a;--add:#12331d;--del:#451a1c}}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:90rem;padding:1rem 1.5rem 4rem;background:var(--ground);color:var(--text);\
    font:15px/1.5 system-ui,sans-serif}
    h1{font-size:1.6rem;margin:.5rem 0}
    h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
    h3{font-size:1rem;margin:1.2rem 0 .3rem}
    nav{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:1rem 0;padding:.5rem .8rem;background:var(--band);\
    border:1px solid var(--line);border-radius:6px}
    a{color:var(--link)}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0}
    dt,.count,.note,th{color:var(--soft)}
    dd{margin:0;overflow-wrap:anywhere}
    table{border-collapse:collapse;width:100%}
    th{text-align:left;font-weight:600;white-space:nowrap}
    th,td{padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
    td{overflow-wrap:anywhere}
    td.n{text-align:right;white-space:nowrap}td.s{white-space:nowrap}
    code,pre{font:13px/1.45 ui-monospace,"DejaVu Sans Mono",monospace}
    pre{margin:.4rem 0;padding:.6rem .8rem;background:var(--band);border:1px solid var(--line);border-radius:6px;\
    white-space:pre-wrap;overflow-wrap:anywhere}
    .warn{color:var(--warn);background:var(--warn-ground);padding:.5rem .8rem;border-left:4px solid var(--warn);margin:.4rem 0}
    .bad{color:var(--bad);font-weight:600}.good{color:var(--good);font-weight:600}
    ins,del{text-decoration:none;display:block}ins{background:var(--add)}del{background:var(--del)}
    summary{cursor:pointer;padding:.2rem 0}
    summary b{color:var(--warn)}
    #filter{width:min(40rem,100%);padding:.45rem .7rem;font:inherit;color:inherit;background:var(--ground);\
    border:1px solid var(--soft);border-radius:6px}
    #filter:focus-visible,a:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:1px}
    .wide table{table-layout:fixed}
    .wide th:nth-child(1){width:21%}.wide th:nth-child(2){width:26%}.wide th:nth-child(3){width:9%}\
    .wide th:nth-child(4){width:16%}.wide th:nth-child(6),.wide th:nth-child(7){width:5.5rem;text-align:right}
    .chunk{content-visibility:auto;contain-intrinsic-size:auto 9000px}
    .chunk thead{visibility:collapse}
    .chunk:first-child thead{visibility:visible}
    [hidden]{display:none!important}
    @media print{:root{color-scheme:light;--ground:#fff;--text:#000;--soft:#333;--line:#999;--band:#fff;--link:#000;\
    --warn:#000;--warn-ground:#fff;--bad:#000;--good:#000;--add:#fff;--del:#fff}
    body{max-width:none;padding:0;font-size:10pt}nav,.filter{display:none}.chunk{content-visibility:visible}
    tr,pre,.warn{break-inside:avoid}pre{max-height:none}thead{display:table-header-group}
    h2,h3{break-after:avoid}ins::before{content:none}code,pre{font-size:8pt}
    details::details-content{content-visibility:visible;display:block}}

    """

  // A row's text is read once. A row is touched only where it changes, and not where its whole chunk goes, so that a key
  // press costs what it changes.
  static let script: StaticString = """
    "use strict";
    (() => {
      const field = document.getElementById("filter"), said = document.getElementById("matches");
      if (field) {
        const chunks = [...document.querySelectorAll("#images .chunk")];
        const groups = chunks.map(chunk => [...chunk.querySelectorAll("tbody tr")]);
        let texts = null;
        const total = groups.reduce((sum, rows) => sum + rows.length, 0);
        const read = () => texts = texts || groups.map(rows => rows.map(row => row.textContent.toLowerCase()));
        const apply = () => {
          read();
          const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
          let shown = 0;
          groups.forEach((rows, number) => {
            const hits = texts[number].map(text => words.every(word => text.includes(word)));
            const own = hits.filter(Boolean).length;
            if (chunks[number].hidden !== !own) chunks[number].hidden = !own;
            if (own) rows.forEach((row, place) => { if (row.hidden === hits[place]) row.hidden = !hits[place]; });
            shown += own;
          });
          said.textContent = words.length ? shown + " of " + total : "";
        };
        field.addEventListener("input", apply);
        field.addEventListener("focus", read);
        (window.requestIdleCallback || setTimeout)(read);
        if (field.value) apply();
      }
      addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(one => one.open = true));
    })();

    """
}
