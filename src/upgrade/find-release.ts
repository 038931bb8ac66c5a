import { UsageError } from '../contract/errors.ts';
import { nearest } from '../foundation/nearest.ts';
import { RELEASES } from './releases.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A release with or without a patch, as the vendor names both. */
export interface NamedRelease {
  readonly release: string;
  readonly patch?: number | 'none';
}

const INDEX = new Map(RELEASES.map(({ name }, index) => [name, index]));

/** Place of a release in the order of all. @throws Error for a name that is not in the table: a mistake in the data. */
export function releaseIndex(name: string): number {
  const index = INDEX.get(name);
  if (index === undefined) throw new Error(`"${name}" is no release of the table`);
  return index;
}

/**
 * Reads a release as people write it: `August 2022 Patch 5`, `aug 2022 p5`, `2022-08`, `Qlik Sense 3.1 SR2`, `may 2025 IR`.
 * The patch is absent where the text has none.
 * @throws UsageError with a near release in its hint
 */
export function findRelease(text: string): NamedRelease {
  const plain = text.trim().replace(/^qlik\s+sense\s+(enterprise\s+)?(on\s+windows\s+)?/i, '');
  const match = /^(.+?)(?:[\s,;-]+(?:(?:patch|p)\s*(\d{1,3})|(ir|initial(?:\s+release)?)))?$/i.exec(plain);
  const name = vendorName(match?.[1] ?? plain);
  if (name === undefined || !INDEX.has(name) || match?.[2] === '0') throw unknownRelease(text, name);
  if (match?.[3] !== undefined) return { release: name, patch: 'none' };
  return match?.[2] === undefined ? { release: name } : { release: name, patch: Number(match[2]) };
}

/** `August 2022 Patch 5`, `August 2022`. */
export function releaseText(release: string, patch?: number | 'none' | 'unknown'): string {
  return typeof patch === 'number' ? `${release} Patch ${String(patch)}` : release;
}

function vendorName(text: string): string | undefined {
  const old = /^(3\.[0-2])(?:[\s.-]*(?:sr\s*)?([1-9]))?(?:\.x)?$/i.exec(text);
  if (old?.[1] !== undefined) return old[2] === undefined ? old[1] : `${old[1]} SR${old[2]}`;
  const numbers = /^(\d{4})[-/.](\d{1,2})$/.exec(text);
  if (numbers !== null) return named(MONTHS[Number(numbers[2]) - 1], numbers[1]);
  const words = /^([a-z]{3,9})\.?[\s_-]*(\d{4}|'?\d{2})$/i.exec(text);
  const month = MONTHS.find((one) => one.toLowerCase().startsWith((words?.[1] ?? '?').toLowerCase()));
  return named(month, words?.[2]?.replace(/^'?(\d\d)$/, '20$1'));
}

function named(month: string | undefined, year: string | undefined): string | undefined {
  return month === undefined || year === undefined ? undefined : `${month} ${year}`;
}

function unknownRelease(text: string, name: string | undefined): UsageError {
  const names = RELEASES.map((release) => release.name);
  const near = name === undefined ? nearest(text, names) : undefined;
  const around = name === undefined ? [] : neighbours(name);
  const meant =
    around.length > 0
      ? `The nearest ${around.length === 1 ? 'is' : 'are'} ${around.join(' and ')}. `
      : near === undefined
        ? ''
        : `Did you mean "${near}"? `;
  return new UsageError(`"${text}" is no release of Qlik Sense Enterprise on Windows that is known here`, {
    hint: `${meant}"sense-runbook upgrade releases" lists them; write one as "August 2022 Patch 5" or 2022-08.`,
  });
}

/** The releases before and after a month in which there was none. */
function neighbours(name: string): string[] {
  const month = monthOf(name);
  const dated = RELEASES.map((release) => release.name).filter((one) => monthOf(one) !== undefined);
  if (month === undefined) return [];
  const before = dated.filter((one) => (monthOf(one) ?? 0) < month).at(-1);
  const after = dated.find((one) => (monthOf(one) ?? 0) > month);
  return [before, after].filter((one) => one !== undefined);
}

function monthOf(name: string): number | undefined {
  const [month = '', year = ''] = name.split(' ');
  return MONTHS.includes(month) ? Number(year) * 12 + MONTHS.indexOf(month) : undefined;
}
