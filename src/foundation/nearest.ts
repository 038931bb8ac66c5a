/**
 * The known word that was probably meant by `word`: equal but for case, `-`, `_` and spaces, or a few typing errors
 * away (one in three letters, and a swap of neighbours counts once). Undefined when nothing is near.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = plain(word);
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const target = plain(candidate);
    const distance = editDistance(wanted, target);
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, target.length) / 3));
    if (distance <= limit && distance < (best?.distance ?? Infinity)) best = { word: candidate, distance };
  }
  return best?.word;
}

/**
 * The known identifier that was probably meant: the newest of those that begin with `word`, otherwise the nearest. `known` is
 * ordered, oldest first.
 */
export function nearestId(word: string, known: readonly string[]): string | undefined {
  return (word === '' ? undefined : known.findLast((id) => id.startsWith(word))) ?? nearest(word, known);
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[-_\s]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that make `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, (beforeLast[j - 2] ?? 0) + 1);
      row.push(value);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
