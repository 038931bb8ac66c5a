/** A moment as it stands in identifiers: `20261123T020000Z`; sorts like the time, fits in a file name. */
export function compactUtc(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** Reads what {@link compactUtc} wrote; undefined when it is none. */
export function parseCompactUtc(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1);
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) || compactUtc(date) !== text ? undefined : date;
}
