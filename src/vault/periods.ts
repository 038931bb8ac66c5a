/** Periods of a retention policy, shortest first. */
export const PERIODS = ['daily', 'weekly', 'monthly', 'yearly'] as const;

/** One of {@link PERIODS}. */
export type Period = (typeof PERIODS)[number];

const DAY_MS = 86_400_000;

/** The calendar period of a moment, in UTC: `2026-11-24`, `2026-W48` (ISO 8601), `2026-11`, `2026`. */
export function periodOf(period: Period, time: string): string {
  const date = new Date(time);
  if (period === 'weekly') return isoWeek(date);
  return date.toISOString().slice(0, { daily: 10, monthly: 7, yearly: 4 }[period]);
}

/** ISO 8601: weeks begin on Monday and belong to the year that their Thursday is in. */
function isoWeek(date: Date): string {
  const weekday = (date.getUTCDay() + 6) % 7;
  const day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const thursday = new Date(day + (3 - weekday) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1;
  return `${String(year)}-W${String(week).padStart(2, '0')}`;
}
