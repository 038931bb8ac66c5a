import type { JourneyRecord } from './record.ts';

/** Where an unfinished journey is, in one line. */
export function journeyText({ plan, hops }: Pick<JourneyRecord, 'plan' | 'hops'>): string {
  const done = hops.filter(({ state }) => state === 'done').length;
  return `the upgrade ${plan.from} -> ${plan.to} is unfinished, ${String(done)} of ${String(hops.length)} hops done; next: ${goOnCommand(plan.file)}`;
}

/** What is typed to go on with the plan in that file; quotes as both cmd.exe and sh read them. */
export function goOnCommand(file: string): string {
  return `sense-runbook upgrade run ${/^[\w./\\:-]+$/.test(file) ? file : `"${file}"`}`;
}

/** What the JSON output tells of a journey. */
export function journeySummary({ plan, state, hops }: JourneyRecord): object {
  return { from: plan.from, to: plan.to, state, hops };
}
