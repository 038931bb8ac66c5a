const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Text of a duration: whole numbers, each with its unit, largest first: `90s`, `10m`, `1h30m`, `2d`, `500ms`. */
export const DURATION_PATTERN = /^(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;

/** Said about text that is no duration; follows the name of what is wrong. */
export const DURATION_WORDS = 'must be a duration with a unit, such as 90s, 10m or 1h30m';

/** Milliseconds of a duration such as `1h30m`; undefined when the text is none. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhd])/g))
    total += Number(count) * (MILLISECONDS[unit ?? ''] ?? 0);
  return Number.isSafeInteger(total) ? total : undefined;
}

/** A duration as {@link parseDuration} reads it, largest units first: `14d`, `1h30m`; `0s` for nothing. */
export function durationText(milliseconds: number): string {
  let left = Math.round(milliseconds);
  const parts = Object.entries(MILLISECONDS)
    .sort(([, a], [, b]) => b - a)
    .flatMap(([unit, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return count === 0 ? [] : [`${String(count)}${unit}`];
    });
  return parts.length === 0 ? '0s' : parts.join('');
}

/** Text of a size: a number and a decimal unit: `20 GB`, `1.5TB`, `500 MB`. */
export const SIZE_PATTERN = /^\d+(\.\d+)? ?(B|kB|KB|MB|GB|TB)$/;

/** Bytes of a size such as `20 GB` (decimal units: 1 GB is 1,000,000,000 bytes); undefined when the text is none. */
export function parseSize(text: string): number | undefined {
  if (!SIZE_PATTERN.test(text)) return undefined;
  const unit = /[A-Za-z]+$/.exec(text)?.[0].toUpperCase() ?? 'B';
  const exponent = ['B', 'KB', 'MB', 'GB', 'TB'].indexOf(unit);
  const bytes = Math.round(Number.parseFloat(text) * 1000 ** exponent);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
