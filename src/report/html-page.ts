/** Text made safe for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const STYLE = `
body{font:15px/1.5 system-ui,Segoe UI,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #ccc}
h3{font-size:1rem;margin:1.2rem 0 .2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
pre{background:#f4f4f4;padding:.5rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0}
.tags{color:#555;font-size:.85rem}.change{color:#8a4b00}.destroy,.failed{color:#a40000;font-weight:600}
.ok,.done{color:#106010}.warning{color:#8a4b00;font-weight:600}
.bar{background:#7aa2d6;height:.7rem;display:inline-block}@media print{body{margin:0}}
`;

/**
 * A page that needs nothing else: no script, no font, no picture from elsewhere. `body` is HTML, `title` is text, `style`
 * comes after the style of all pages.
 */
export function htmlPage(title: string, body: string, style = ''): string {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title><style>${STYLE}${style}</style></head>`,
    `<body>\n${body}\n</body></html>\n`,
  ].join('\n');
}

/** A table of text cells. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return [
    `<table><thead>${row(head, 'th')}</thead><tbody>`,
    ...rows.map((cells) => row(cells, 'td')),
    '</tbody></table>',
  ].join('\n');
}
