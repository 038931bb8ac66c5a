import { formatLocalTime } from '../foundation/human.ts';

/** So many tasks are named before the rest is only counted. */
const NAMED = 20;

/** `Sales (since 01:58), Stock (since 02:00) and 3 more`; times are local. */
export function namesOf(tasks: readonly { task: string; at: string }[], word: 'since' | 'at'): string {
  const named = tasks
    .slice(0, NAMED)
    .map(({ task, at }) => `${task} (${word} ${formatLocalTime(at).slice(11)})`);
  const more = tasks.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
