/** The look of a report: system fonts, two colour schemes, no file besides. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--page:#fbfbfc;--card:#fff;--ink:#1c2330;--quiet:#5c6675;--line:#d5dae2;--faint:#e9ecf1;--accent:#2563c9;--bad:#c2410c;
--c0:#2563c9;--c1:#d9660b;--c2:#1c8a5a;--c3:#9333c9;--c4:#b8860b;--c5:#5c6675}
@media(prefers-color-scheme:dark){:root{--page:#12161d;--card:#1a2029;--ink:#e7eaf0;--quiet:#9aa5b5;--line:#39424f;--faint:#262e39;--accent:#7fb0ff;--bad:#ff9a5c;
--c0:#7fb0ff;--c1:#ff9f50;--c2:#5fd39b;--c3:#cf97ff;--c4:#e6c15a;--c5:#9aa5b5}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .4rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.6rem 0 .8rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
p{margin:.4rem 0 .8rem}
.summary,.note,caption,figcaption{color:var(--quiet)}
.summary{font-size:1.05rem;margin:0}
.metrics{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.9rem;margin:1.8rem 0 0;padding:0;list-style:none}
.metrics li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.9rem 1rem}
.metrics span{display:block;color:var(--quiet);font-size:.88rem}
.metrics strong{display:block;font-size:1.65rem;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums}
figure{margin:0 0 1.8rem}
figcaption{font-weight:600;color:var(--ink);margin-bottom:.3rem}
.wide{overflow-x:auto}
.chart svg{display:block;width:100%;min-width:34rem;height:auto}
.chart.square svg{width:auto;min-width:0;max-width:100%}
.grid{stroke:var(--faint);fill:none}
.axis{stroke:var(--quiet);fill:none}
.mark{stroke:var(--quiet);fill:none;stroke-dasharray:4 4}
.line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.s1{stroke-dasharray:7 3}.line.s2{stroke-dasharray:2 4}
.band{fill:currentColor;fill-opacity:.16}.dot,.bar{fill:currentColor}.bar{fill-opacity:.7}
.s0{color:var(--c0)}.s1{color:var(--c1)}.s2{color:var(--c2)}.s3{color:var(--c3)}.s4{color:var(--c4)}.s5{color:var(--c5)}
svg text{font:12.5px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--ink)}
svg .tick,svg .label{fill:var(--quiet)}
.end{text-anchor:end}.middle{text-anchor:middle}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin:.2rem 0 0 4rem;padding:0;list-style:none;font-size:.9rem;color:var(--quiet)}
.legend b{color:var(--ink);font-weight:600;font-variant-numeric:tabular-nums}
.key{display:inline-block;width:1.3rem;height:.22rem;margin-right:.45rem;vertical-align:middle;border-radius:2px;background:currentColor}
table{border-collapse:collapse;font-size:.92rem;margin:0 0 1.2rem}
caption{text-align:left;font-size:.88rem;padding-bottom:.4rem;caption-side:top}
th,td{padding:.3rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--faint);overflow-wrap:anywhere}
thead th{color:var(--quiet);font-weight:600;border-bottom:1px solid var(--line)}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.pairs{width:100%}.pairs th{width:14rem;font-weight:500;color:var(--quiet)}
.pairs td,code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.88rem}
.confusion td{text-align:center;min-width:2.4rem;padding:.3rem .35rem;border:1px solid var(--page);font-variant-numeric:tabular-nums;overflow-wrap:normal}
.confusion th{border:0;font-weight:500;white-space:nowrap;overflow-wrap:normal}
.confusion thead th{vertical-align:bottom;text-align:center;padding:.3rem .1rem}
.confusion thead span{writing-mode:vertical-rl;transform:rotate(180deg)}
.confusion tbody th{text-align:right}
.confusion .right{background:color-mix(in srgb,var(--accent) calc(var(--share)*.55),var(--faint))}
.confusion .wrong{background:color-mix(in srgb,var(--bad) calc(var(--share)*.8),var(--faint))}
.sample{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem;margin:0 0 .9rem}
.sample dl{margin:0;display:grid;grid-template-columns:max-content 1fr;gap:.25rem .9rem}
.sample dt{color:var(--quiet);font-size:.88rem}
.sample dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.88rem}
.maps{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}
.maps figure{max-width:100%;overflow-x:auto;margin:0}
footer{margin-top:3rem;color:var(--quiet);font-size:.85rem}
@media print{.metrics li,.sample{break-inside:avoid}figure{break-inside:avoid}}
`;
