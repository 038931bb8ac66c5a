/**
 * Layout of a printed procedure: a phase begins a page, no step is torn apart, and everything that counts is told by
 * words, borders and boxes, not by colours.
 */
const STYLE = `
h1{margin-bottom:.5rem}h2{border-bottom:2px solid #000;break-after:avoid}h3{font-size:1.05rem;margin:0}
input[type=checkbox]{width:1.05rem;height:1.05rem;margin:0 .5rem 0 0;vertical-align:-.15rem}
input[type=text]{border:0;border-bottom:1px solid #000;border-radius:0;background:none;font:inherit;width:14rem;max-width:60%}
label{display:inline-block}.hand label{display:block}.phases li{margin:.1rem 0}
.step{border:1px solid #888;border-radius:.2rem;padding:.5rem .7rem;margin:.7rem 0}
.step.closed{border-left:.5rem double #000}.step.skipped{border-style:dotted;padding:.2rem .7rem}
.step.skipped h3{font-weight:400}.step p{margin:.3rem 0}.prose{white-space:pre-line}
.alert{border:2px solid #000;padding:.25rem .5rem;font-weight:700;margin:.4rem 0;break-inside:avoid}
.node{margin-top:.4rem}.step .tags{color:#444;margin:.1rem 0 .3rem}.change{color:inherit}
.step.destroy h3,.step.destroy{color:inherit}
pre.command{background:none;border:1px solid #bbb;border-left:3px solid #555;padding:.25rem .5rem .25rem 2rem;text-indent:-1.5rem;
margin:.2rem 0;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem;line-height:1.35;break-inside:avoid}
.command code{user-select:all;-webkit-user-select:all;font:inherit}.whole{white-space:nowrap}
small{font:italic .8rem system-ui,sans-serif;color:#333;user-select:none;-webkit-user-select:none}
.operation{margin:.1rem 0;padding-left:1.6rem;text-indent:-1rem;overflow-wrap:anywhere}.operation:before{content:"\\2022\\00a0\\00a0"}
.sign{margin-top:.5rem;display:flex;flex-wrap:wrap;gap:.2rem 1.5rem}
@media print{
body{max-width:none;padding:0;font-size:10pt}h2{margin-top:0}
.phase,.checks{break-before:page}.phase.idle{break-before:auto}.step{break-inside:avoid}
input[type=text]{width:5cm}thead{display:table-header-group}tr{break-inside:avoid}
}
`;

/** The style of one procedure; `foot` is printed on every page with its number. */
export function procedureStyle(foot: string): string {
  const text = foot.replace(/[^ -~]|["\\<>]/g, ' ');
  const box = `font:8pt system-ui,sans-serif;color:#000`;
  return `${STYLE}@page{margin:14mm 13mm 16mm;@bottom-left{content:"${text}";${box}}@bottom-right{content:"page " counter(page) " of " counter(pages);${box}}}
`;
}
