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

/** A state by its number in Windows; undefined when there is no such number. */
export function stateOf(number: number): ServiceState | undefined {
  return STATES[number - 1];
}

// ERROR_SERVICE_NEVER_STARTED: since Windows was started.
const NEVER_STARTED = 1077;

/** What a stopped service ended with, and whether it ever ran, as ServiceStatus has them. */
export function endedWith(
  state: ServiceState,
  code: number | null,
): Pick<ServiceStatus, 'exitCode' | 'neverStarted'> {
  if (state !== 'stopped' || code === null || Number.isNaN(code)) return {};
  const neverStarted = code === NEVER_STARTED;
  return { neverStarted, ...(code > 0 && !neverStarted && { exitCode: code }) };
}

/** SERVICE_BOOT_START 0, SYSTEM 1, AUTO 2, DEMAND 3, DISABLED 4; an automatic start may be delayed. */
export function startOf(number: number, delayed: boolean): Pick<ServiceStatus, 'startType' | 'delayed'> {
  const startType = number === 4 ? 'disabled' : number === 3 ? 'manual' : 'automatic';
  return { startType, ...(startType === 'automatic' && delayed && { delayed: true }) };
}

/** One service in the output of `sc.exe query`, `queryex` or `enumdepend`. */
export interface ScEntry {
  readonly name: string;
  readonly state: ServiceState;
  readonly pid?: number;
  readonly exitCode?: number;
  readonly neverStarted?: boolean;
}

/**
 * Reads service entries. `sc.exe` translates its labels with Windows, so lines are told by their place: name lines are
 * not indented, and in each entry the second `label : value` line is the state, the third what it ended with, the seventh
 * (queryex) the process.
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
    const state = stateOf(Number.parseInt(values[1] ?? '', 10));
    const pid = Number.parseInt(values[6] ?? '', 10);
    if (state === undefined) return [];
    const ended = endedWith(state, Number.parseInt(values[2] ?? '', 10));
    return [{ name, state, ...(pid > 0 && { pid }), ...ended }];
  });
}

/** What `sc.exe qc` tells of a service. */
export interface ScConfig extends Pick<ServiceStatus, 'startType' | 'delayed' | 'displayName'> {
  /** File name of its program: `Engine.exe`. Absent when it shares the process with other services. */
  readonly program?: string;
}

/** Type, start type, program and display name in the output of `sc.exe qc`: lines one, two, four and seven. */
export function parseConfig(stdout: string): ScConfig | undefined {
  const values = stdout.split(/\r?\n/u).flatMap(valueOf);
  const type = Number.parseInt(values[1] ?? '', 10);
  const displayName = values[6];
  if (Number.isNaN(type) || displayName === undefined) return undefined;
  const program = programOf(values[3] ?? '');
  return {
    // `2   AUTO_START  (DELAYED)`: only that word stands in brackets.
    ...startOf(type, (values[1] ?? '').includes('(')),
    displayName,
    // SERVICE_WIN32_OWN_PROCESS, written in hexadecimal.
    ...((Number.parseInt(values[0] ?? '', 16) & 0x10) !== 0 && program !== undefined && { program }),
  };
}

/** The value of an indented `label : value` line; lines that continue another have no label and are left out. */
function valueOf(line: string): string[] {
  const value = /^ {8}\S[^:]*: ?(.*)$/u.exec(line)?.[1];
  return value === undefined ? [] : [value.trim()];
}

/** `Engine.exe` of `"C:\Program Files\Qlik\Sense\Engine\Engine.exe" -S`. */
function programOf(command: string): string | undefined {
  const path = /^"([^"]+)"/u.exec(command)?.[1] ?? /^(.*?\.exe)\b/iu.exec(command)?.[1];
  return path?.split(/[\\/]/u).at(-1);
}
