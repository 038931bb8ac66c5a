import type { ServiceState, ServiceStatus } from '../../contract/node.ts';

// SERVICE_STATUS.dwCurrentState, 1 to 7.
const STATES: readonly ServiceState[] = [
  'stopped',
  'start-pending',
  'stop-pending',
  'running',
  'continue-pending',
  'pause-pending',
  'paused',
];

/** One service in the output of `sc.exe query`, `queryex` or `enumdepend`. */
export interface ScEntry {
  readonly name: string;
  readonly state: ServiceState;
  readonly pid?: number;
}

/**
 * Reads service entries. `sc.exe` translates its labels with Windows, so lines are told by their place: name lines are
 * not indented, and in each entry the second `label : value` line is the state, the seventh (queryex) the process.
 */
export function parseEntries(stdout: string): ScEntry[] {
  const entries: { name: string; values: string[] }[] = [];
  for (const line of stdout.split(/\r?\n/u)) {
    const head = /^[^\s[][^:]*:\s*(.+?)\s*$/u.exec(line)?.[1];
    const current = entries.at(-1);
    // The display name follows the name directly.
    if (head !== undefined && (current === undefined || current.values.length > 0))
      entries.push({ name: head, values: [] });
    else current?.values.push(...valueOf(line));
  }
  return entries.flatMap(({ name, values }) => {
    const state = STATES[Number.parseInt(values[1] ?? '', 10) - 1];
    const pid = Number.parseInt(values[6] ?? '', 10);
    return state === undefined ? [] : [{ name, state, ...(pid > 0 && { pid }) }];
  });
}

/** Start type and display name in the output of `sc.exe qc`: the second and the seventh line. */
export function parseConfig(stdout: string): Pick<ServiceStatus, 'startType' | 'displayName'> | undefined {
  const values = stdout.split(/\r?\n/u).flatMap(valueOf);
  const type = Number.parseInt(values[1] ?? '', 10);
  const displayName = values[6];
  // SERVICE_BOOT_START 0, SYSTEM 1, AUTO 2, DEMAND 3, DISABLED 4.
  if (Number.isNaN(type) || displayName === undefined) return undefined;
  return { startType: type === 4 ? 'disabled' : type === 3 ? 'manual' : 'automatic', displayName };
}

/** The value of an indented `label : value` line; lines that continue another have no label and are left out. */
function valueOf(line: string): string[] {
  const value = /^ {8}\S[^:]*: ?(.*)$/u.exec(line)?.[1];
  return value === undefined ? [] : [value.trim()];
}
