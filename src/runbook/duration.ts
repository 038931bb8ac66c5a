const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How a duration is written: `500ms`, `30s`, `10m`, `2h`, `7d`. */
export const DURATION_PATTERN = /^(\d{1,9})(ms|s|m|h|d)$/;

/** Said about text that is no duration; follows the name of what is wrong. */
export const DURATION_WORDS = 'must be a duration such as "30s", "10m" or "2h"';

/** Milliseconds of a written duration; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
