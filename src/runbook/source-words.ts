/** Where a step comes from, as it is written in its runbook: `5.6, p. 208` is chapter and page of Qlik's manual, anything else names itself. */
export function sourceWords(source: string): string {
  return source
    .split('; ')
    .map((citation, index, all) =>
      isManual(citation) && !isManual(all[index - 1] ?? '') ? `manual ${citation}` : citation,
    )
    .join('; ');
}

/** Whether all of it is in Qlik's manual. */
export function isOfManual(source: string): boolean {
  return source.split('; ').every(isManual);
}

function isManual(citation: string): boolean {
  return /^\d/.test(citation);
}
