/** A time of the day, local to the machine. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** Reads `HH:MM`, 24 hours; undefined when the text is none. */
export function parseTimeOfDay(text: string): TimeOfDay | undefined {
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hour === undefined ? undefined : { hour: Number(hour), minute: Number(minute) };
}

/** `02:00`. */
export function timeOfDayText({ hour, minute }: TimeOfDay): string {
  return `${twoDigits(hour)}:${twoDigits(minute)}`;
}

/**
 * The next time that it will be `at` after `now`, as Task Scheduler reads local times. One in the past would count as
 * missed and be made up for at once.
 */
export function nextLocal(now: Date, at: TimeOfDay): string {
  const next = new Date(now);
  next.setHours(at.hour, at.minute, 0, 0);
  if (next <= now) next.setDate(next.getDate() + 1);
  return localText(next);
}

/** The next full quarter of an hour after `now`, the same way. */
export function nextQuarter(now: Date): string {
  const next = new Date(now);
  next.setMinutes((Math.floor(now.getMinutes() / 15) + 1) * 15, 0, 0);
  return localText(next);
}

function localText(time: Date): string {
  const date = [String(time.getFullYear()), twoDigits(time.getMonth() + 1), twoDigits(time.getDate())].join(
    '-',
  );
  return `${date}T${timeOfDayText({ hour: time.getHours(), minute: time.getMinutes() })}:00`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
