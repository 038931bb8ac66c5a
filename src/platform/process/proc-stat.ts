import { readdirSync, readFileSync } from 'node:fs';

/** What Linux tells of a process in /proc/PID/stat (proc(5)). `startTicks` counts from the start of the machine. */
export interface ProcStat {
  readonly state: string;
  readonly group: number;
  readonly startTicks: string;
}

/** Reads /proc/PID/stat; undefined when there is no such process, or no /proc. */
export function readProcStat(pid: number): ProcStat | undefined {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
  // The program's name stands in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group = '', ...rest] = fields;
  return { state, group: Number(group), startTicks: rest[16] ?? '' };
}

let bootIdText: string | undefined;

/** Identifier of this start of the machine, so that ticks of an earlier one never match. Linux only. */
export function bootId(): string {
  bootIdText ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return bootIdText;
}

/** Whether a process of the group still does something; one that ended and was not collected does not count. */
export function groupHasLiveMember(group: number): boolean {
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/u.test(entry)) return false;
    const stat = readProcStat(Number(entry));
    return stat?.group === group && stat.state !== 'Z' && stat.state !== 'X';
  });
}
