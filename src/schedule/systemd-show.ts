import type { ScheduledTask, TaskKind, TaskResult } from './scheduler.ts';
import { taskResult } from './task-results.ts';

type Properties = Readonly<Record<string, string>>;

/** What `systemctl show` printed of a timer and its service; blocks of units are apart by an empty line. */
export function taskFacts(kind: TaskKind, name: string, shown: string, user: string): ScheduledTask {
  const units = shown.split(/\n\s*\n/).map(properties);
  const find = (id: string): Properties => units.find((unit) => unit['Id'] === id) ?? {};
  const timer = find(`${name}.timer`);
  const service = find(`${name}.service`);
  if (timer['LoadState'] !== 'loaded') return { kind, name, installed: false };
  const nextRun = timeOf(timer['NextElapseUSecRealtime']);
  const lastRun = timeOf(service['ExecMainStartTimestamp']);
  const account = service['User'] ?? '';
  return {
    kind,
    name,
    installed: true,
    enabled: timer['UnitFileState'] === 'enabled' && timer['ActiveState'] === 'active',
    running: service['ActiveState'] === 'activating',
    account: account === '' ? user : account,
    ...(nextRun === undefined ? {} : { nextRun }),
    ...(lastRun === undefined ? {} : { lastRun, lastResult: resultOf(service) }),
  };
}

function properties(block: string): Properties {
  return Object.fromEntries(
    block.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at < 1 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]];
    }),
  );
}

/** `Tue 2026-11-24 02:00:00 UTC` as ISO 8601; undefined for `n/a` and nothing. */
function timeOf(text = ''): string | undefined {
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(text) ?? [];
  return date === undefined || time === undefined ? undefined : `${date}T${time}Z`;
}

function resultOf({
  Result: result = '',
  ExecMainStatus: status = '',
  ActiveState: state,
}: Properties): TaskResult {
  if (state === 'activating') return { meaning: 'running now', ok: true };
  if (result === 'timeout')
    return { meaning: 'ended at its time limit; if it was a backup, the recovery looks after it', ok: false };
  if (result === 'signal' || result === 'core-dump')
    return { meaning: `ended by signal ${status}`, ok: false };
  return taskResult(Number(status));
}
