/**
 * The releases in order, as the proof knows them: written down apart from the planner's own list, so that a slip in
 * that one shows.
 */
export const RELEASES = [
  ...['3.0', '3.1', '3.1 SR1', '3.1 SR2', '3.2'],
  ...['June 2017', 'September 2017', 'November 2017'],
  ...['February 2018', 'April 2018', 'June 2018', 'September 2018', 'November 2018'],
  ...['February 2019', 'April 2019', 'June 2019', 'September 2019', 'November 2019'],
  ...['February 2020', 'April 2020', 'June 2020', 'September 2020', 'November 2020'],
  ...['February 2021', 'May 2021', 'August 2021', 'November 2021'],
  ...['February 2022', 'May 2022', 'August 2022', 'November 2022'],
  ...['February 2023', 'May 2023', 'August 2023', 'November 2023'],
  ...['February 2024', 'May 2024', 'November 2024', 'May 2025', 'November 2025'],
  ...['May 2026', 'November 2026'],
] as const;

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];

const ages = new Map<string, number>();

/** Where a release stands in time, from its name alone; for comparing. Throws at a name that is no release's. */
export function age(release: string): number {
  const known = ages.get(release) ?? ageOfName(release);
  ages.set(release, known);
  return known;
}

function ageOfName(release: string): number {
  const dated = /^([A-Z][a-z]+) (\d{4})$/.exec(release);
  if (dated !== null) {
    const month = MONTHS.indexOf(dated[1] ?? '');
    if (month >= 0) return Number(dated[2]) * 100 + month;
  }
  const numbered = /^3\.(\d)(?: SR(\d+))?$/.exec(release);
  if (numbered !== null) return Number(numbered[1]) * 10 + Number(numbered[2] ?? 0);
  throw new Error(`${release} is no name of a release`);
}

/** Whether one release is older than another. */
export function before(one: string, other: string): boolean {
  return age(one) < age(other);
}
