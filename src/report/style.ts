const light = `
  --paper: #fbfbf9; --surface: #ffffff; --ink: #1c2024; --muted: #62686f; --line: #e2e3df; --soft: #f3f3ef;
  --accent: #b8400a; --accent-soft: #fdf0e8; --good: #00704f; --good-soft: #e5f4ee; --warn: #8a5a00; --warn-soft: #fdf3dc;
  --band: rgba(0, 114, 178, 0.2); --box: rgba(98, 104, 111, 0.2);
  --series-1: #0072b2; --series-2: #d98200; --series-3: #009e73; --series-4: #c2528b; --series-5: #3aa0dd;
  --series-6: #d55e00; --series-7: #6b6b6b;
  --rank-0: #6ccd5a; --rank-1: #3fbc73; --rank-2: #25ab82; --rank-3: #21918c; --rank-4: #2a788e; --rank-5: #355f8d;
  --rank-6: #414487; --rank-7: #440154;
  color-scheme: light;`;

const dark = `
  --paper: #14171a; --surface: #1b1f23; --ink: #e8e8e4; --muted: #9aa1a9; --line: #30363c; --soft: #23282d;
  --accent: #ff9657; --accent-soft: #38261b; --good: #5fd3a9; --good-soft: #17332a; --warn: #f0c66a; --warn-soft: #3a301a;
  --band: rgba(86, 180, 233, 0.26); --box: rgba(154, 161, 169, 0.26);
  --series-1: #4aa8e0; --series-2: #e69f00; --series-3: #2fc79b; --series-4: #e28bb8; --series-5: #8fd0f5;
  --series-6: #ff7f3f; --series-7: #a8a8a8;
  --rank-0: #3f6a9c; --rank-1: #35809b; --rank-2: #21918c; --rank-3: #20a486; --rank-4: #44bf70; --rank-5: #7ad151;
  --rank-6: #bddf26; --rank-7: #f4e61e;
  color-scheme: dark;`;

/** The light colours by the name of their variable, for figures outside a page; half transparent ones on white. */
export const lightColors: ReadonlyMap<string, string> = new Map(
  [...light.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value.trim()]),
);

/** The report's style sheet: light and dark (by the system or by `data-theme`), narrow windows, print. */
export const styleSheet = `
:root {${light}
}
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {${dark}
} }
:root[data-theme="dark"] {${dark}
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, header.top, footer { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
header.top { display: flex; justify-content: space-between; align-items: center; padding-top: 20px; color: var(--muted); font-size: 14px; }
header.top strong { color: var(--ink); letter-spacing: 0.01em; }
header.top button { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 99px; padding: 3px 12px; cursor: pointer; white-space: nowrap; margin-left: 12px; }
header.top button:hover { color: var(--ink); border-color: var(--muted); }
section { margin: 56px 0 0; }
h1 { font-size: clamp(25px, 4vw, 36px); line-height: 1.2; letter-spacing: -0.015em; margin: 8px 0 14px; font-weight: 650; }
h1.long { font-size: 20px; line-height: 1.35; }
h1 .genotype { font-size: 0.92em; }
h2 { font-size: 22px; letter-spacing: -0.01em; margin: 0 0 6px; font-weight: 640; }
h3 { font-size: 14px; margin: 0 0 8px; font-weight: 640; }
p { margin: 0 0 12px; max-width: 72ch; }
p.lead { color: var(--muted); }
.eyebrow { letter-spacing: 0.02em; font-size: 14px; font-weight: 560; color: var(--muted); margin: 0; }
code, .genotype { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.92em; overflow-wrap: anywhere; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.hero { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 400px); gap: 40px; align-items: start; margin-top: 26px; }
.hero.alone { grid-template-columns: minmax(0, 1fr); }
.badge { display: inline-block; border-radius: 99px; padding: 3px 12px; font-size: 13.5px; font-weight: 600; margin: 0 6px 12px 0; background: var(--soft); color: var(--muted); }
.badge.good { background: var(--good-soft); color: var(--good); }
.badge.warn { background: var(--warn-soft); color: var(--warn); }
.tiles { display: grid; grid-template-columns: 1fr 1fr; gap: 1px; background: var(--line); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; margin: 18px 0 16px; }
.tiles > div { background: var(--surface); padding: 14px 16px; }
.tiles dt { font-size: 13px; color: var(--muted); }
.tiles dd { margin: 2px 0 0; font-size: 23px; font-weight: 620; letter-spacing: -0.01em; line-height: 1.25; }
.tiles dd small { display: block; font-size: 12.5px; font-weight: 400; color: var(--muted); letter-spacing: 0; }
.tiles .main dd { color: var(--accent); }
dl { margin: 0; }
sub, sup { line-height: 0; font-size: 0.74em; }
.genotype span { display: inline-block; max-width: 100%; }
figure { margin: 0; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px 14px; min-width: 0; }
figure + figure { margin-top: 20px; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px; margin-top: 20px; align-items: stretch; }
.pair figure { margin: 0; }
.pair + figure { margin-top: 20px; }
div.pictures { display: flex; flex-wrap: wrap; gap: 4px 40px; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 10px 24px; }
.scroll { overflow-x: auto; overflow-y: hidden; }
.scroll svg { max-width: none; min-width: 340px; width: 100%; height: auto; }
.scroll.wide svg { min-width: 700px; }
.scroll.narrow svg { max-width: 620px; }
.scroll svg.network, .scroll svg.kernel { min-width: 300px; }
svg.kernel { max-width: 500px !important; margin: 0 auto; }
svg { display: block; max-width: 100%; height: auto; --plot-background: var(--surface); font-family: inherit; }
svg text { font-size: 12px; }
figcaption { font-size: 13.5px; line-height: 1.5; color: var(--muted); margin-top: 10px; }
figcaption b { color: var(--ink); font-weight: 640; }
figure h3 { font-size: 15px; margin-bottom: 4px; }
.panels h3 { font-size: 13.5px; font-weight: 560; color: var(--muted); margin: 6px 0 2px; }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; padding: 0; margin: 4px 0 8px; font-size: 13px; color: var(--muted); }
ul.legend li { display: inline-flex; align-items: center; gap: 7px; }
ul.legend svg { flex: none; }
svg.network .block rect { fill: color-mix(in srgb, var(--block) 13%, var(--surface)); stroke: var(--block); stroke-width: 1.3; }
svg.network text { font-size: 13px; }
svg.network text.small { font-size: 11.5px; fill: var(--muted); font-variant-numeric: tabular-nums; }
svg.network .wire, svg.network .skip { fill: none; stroke: var(--muted); stroke-width: 1.4; }
svg.network .skip { stroke: var(--accent); stroke-width: 1.8; }
svg.network .head { fill: var(--muted); }
svg.network .sum { fill: var(--surface); stroke: var(--accent); stroke-width: 1.5; }
svg.network .plus { fill: none; stroke: var(--accent); stroke-width: 1.5; }
svg.network .share { fill: var(--series-1); opacity: 0.75; }
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); margin-top: 14px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th, td { padding: 8px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td, tbody tr:last-child th { border-bottom: 0; }
thead th { font-weight: 600; font-size: 12.5px; color: var(--muted); background: var(--soft); vertical-align: bottom; }
thead th .labels { display: block; font-weight: 500; font-size: 11px; color: var(--warn); }
th.genotype-cell { text-align: left; font-weight: 400; white-space: normal; min-width: 190px; max-width: 330px; }
td.rank { color: var(--muted); }
tr.first td, tr.first th { background: var(--accent-soft); }
tr.first td.sorted { color: var(--accent); font-weight: 650; }
th.words, td.words { text-align: left; font-weight: 400; white-space: normal; min-width: 130px; }
thead th.words { font-weight: 600; }
th.words small, td.words small { display: block; color: var(--muted); font-size: 12px; overflow-wrap: anywhere; }
td.genotype-cell { text-align: left; white-space: normal; min-width: 190px; }
th.words small span { display: block; }
th.words .badge { margin: 0 0 0 6px; padding: 0 8px; font-size: 12px; }
figure .table { margin-top: 10px; }
details.data { margin-top: 10px; font-size: 13.5px; }
details.data summary { cursor: pointer; color: var(--muted); }
.why { border-left: 3px solid var(--accent); padding-left: 18px; margin: 12px 0 20px; }
.why p { max-width: 88ch; }
.why p:last-child { margin-bottom: 0; }
.scroll svg.pictures { min-width: 0; width: auto; margin-bottom: 8px; }
svg.pictures text { font-size: 11.5px; }
svg.parallel text { font-size: 12.5px; }
.tiles > div:last-child:nth-child(odd) { grid-column: 1 / -1; }
.note { font-size: 13.5px; color: var(--muted); margin-top: 10px; }
ul.warnings { font-size: 14px; color: var(--warn); background: var(--warn-soft); border-radius: 10px; padding: 12px 16px 12px 34px; margin: 14px 0 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 310px), 1fr)); gap: 20px; margin-top: 14px; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; min-width: 0; }
.card dl { display: grid; grid-template-columns: minmax(96px, max-content) minmax(0, 1fr); gap: 4px 14px; font-size: 13.5px; }
.card dt { color: var(--muted); }
.card dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.card.wide { grid-column: 1 / -1; }
.reading { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 310px), 1fr)); gap: 8px 36px; margin-top: 12px; }
.reading h3 { margin: 12px 0 4px; }
.reading p { font-size: 14.5px; }
footer { color: var(--muted); font-size: 13px; padding-top: 44px; padding-bottom: 44px; }
@media (max-width: 860px) { .hero, .pair { grid-template-columns: minmax(0, 1fr); } .hero { gap: 20px; } }
@media (max-width: 520px) { main, header.top, footer { padding-left: 14px; padding-right: 14px; } figure { padding: 14px 12px; } section { margin-top: 42px; } .tiles > div { padding: 11px 12px; } .tiles dd { font-size: 19px; } }
@media print {
  :root, :root[data-theme="dark"], :root:not([data-theme="light"]) {${light}
  --paper: #ffffff; }
  @page { margin: 14mm; }
  @page wide { size: landscape; }
  body { font-size: 11pt; }
  header.top button { display: none; }
  figure, .card, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .scroll svg, .scroll.wide svg, .scroll svg.network, .scroll svg.kernel { min-width: 0; }
  .pair, .panels { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; }
  .hero { grid-template-columns: minmax(0, 1.8fr) minmax(0, 1fr); gap: 18px; }
  .tiles > div { padding: 8px 10px; } .tiles dd { font-size: 13pt; } .tiles dd small { font-size: 8pt; }
  #ranking { page: wide; }
  details.data:not([open]) { display: none; }
  details.data summary { list-style: none; }
  .table, .scroll { overflow: visible; }
  table { font-size: 8pt; } th, td { padding: 3px 4px; white-space: normal; }
  #ranking table { font-size: 6pt; } #ranking th, #ranking td { padding: 2px; } #ranking thead th { font-size: 6pt; }
  #ranking .number { white-space: normal; }
  th.genotype-cell, td.genotype-cell { min-width: 80px; }
  section { margin-top: 26px; }
}
`;

/** The optional switch between light and dark; without scripts the page follows the system. */
export const themeScript = `
const button = document.querySelector("button.theme");
button.hidden = false;
button.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.theme = dark ? "light" : "dark";
});
`;
