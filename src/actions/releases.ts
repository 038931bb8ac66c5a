const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/**
 * Months since year 0 of a release as Qlik names it (`May 2025`, `February 2019 Patch 8`), to compare releases;
 * 0 for 3.2 and older, which had no month. Undefined when the text is no release.
 */
export function releaseMonth(release: string): number | undefined {
  if (/^\s*[0-3]\.\d/.test(release)) return 0;
  const match = /^\s*([a-z]{3,9})\.?\s+(\d{4})\b/i.exec(release);
  const word = match?.[1]?.toLowerCase();
  if (match === null || word === undefined) return undefined;
  const month = MONTHS.findIndex((name) => name.startsWith(word));
  return month < 0 ? undefined : Number(match[2]) * 12 + month;
}

/** The patch that stands in the name of a release; 0 is the initial one. */
export function patchOf(release: string): number {
  return Number(/ Patch (\d+)$/i.exec(release)?.[1] ?? 0);
}

/** First release with the license service and its database (manual 1.3, p. 29: "February 2019 and later"). */
const LICENSES_SINCE = 2019 * 12 + 1;

/**
 * Whether the site must have the database. Licenses exists from February 2019 on; a release that is not known must
 * have all: leaving one out silently is worse than asking.
 */
export function mustHave(database: string, release: string | undefined): boolean {
  if (database.toLowerCase() !== 'licenses') return true;
  const month = release === undefined ? undefined : releaseMonth(release);
  return month === undefined || month >= LICENSES_SINCE;
}
