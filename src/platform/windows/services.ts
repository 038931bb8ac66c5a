import { CommandError, ServiceError, TimeLimitError } from '../../contract/errors.ts';
import type { Exec, ServiceManager, ServiceStatus } from '../../contract/node.ts';
import { startTypeArguments } from '../../contract/start-type.ts';
import type { Clock } from '../../foundation/clock.ts';
import { startService, stopService } from '../services/drive.ts';
import { ORDER_LIES_MS } from '../services/keeps-running.ts';
import { isQlikService } from '../services/known.ts';
import { parseConfig, parseEntries, type ScEntry } from './parse-sc.ts';
import { createSc, LIST_SERVICES, SC_LIMIT_MS } from './sc.ts';

const POLL_MS = 500;

/** What the services of a Windows machine are reached with. */
export interface WindowsServicesOptions {
  /** Runs `sc.exe`, here or on the machine itself. */
  readonly exec: Exec;
  readonly clock: Clock;
  /** Host name of the server whose services are meant, when it is another one than `sc.exe` runs on. */
  readonly machine?: string;
}

/** The services of a Windows machine through `sc.exe`, whose exit code is the Win32 error. */
export function createWindowsServices({ exec, clock, machine }: WindowsServicesOptions): ServiceManager {
  const sc = createSc({ exec, machine });
  const programs = new Map<string, string>();
  const drive = {
    clock,
    pollMs: POLL_MS,
    orderLiesMs: ORDER_LIES_MS,
    control: {
      query,
      async sendStart(name: string) {
        await sc('start', name, ['start', name]);
      },
      async sendStop(name: string) {
        await sc('stop', name, ['stop', name]);
      },
      outlives,
    },
  };
  return {
    async list() {
      const all = await sc('query', 'services', LIST_SERVICES);
      const entries = parseEntries(all);
      // Windows always has some: an answer without any was cut off, and must not count as a node without services.
      if (entries.length === 0) throw notUnderstood('for all services', 'queryex');
      const ours = entries.filter(({ name }) => isQlikService(name));
      return Promise.all(ours.map(withConfig));
    },
    query,
    async dependents(name) {
      const stdout = await sc('query', name, ['enumdepend', name, '65536']);
      return parseEntries(stdout).map((entry) => entry.name);
    },
    start: (name, wait) => startService(drive, name, wait),
    stop: (name, wait) => stopService(drive, name, wait),
    async setStartType(name, startType) {
      await sc('configure', name, startTypeArguments(name, startType));
    },
  };

  async function query(name: string): Promise<ServiceStatus> {
    const [entry] = parseEntries(await sc('query', name, ['queryex', name]));
    if (entry === undefined) throw notUnderstood(name, 'queryex');
    return withConfig(entry);
  }

  async function withConfig(entry: ScEntry): Promise<ServiceStatus> {
    const config = parseConfig(await sc('query', entry.name, ['qc', entry.name, '65536']));
    if (config === undefined) throw notUnderstood(entry.name, 'qc');
    const { program, ...known } = config;
    if (program !== undefined) programs.set(entry.name.toLowerCase(), program);
    return { ...entry, ...known };
  }

  /** By number and file name: Windows gives the numbers of ended processes to others. */
  async function outlives(name: string, pid: number): Promise<boolean> {
    const program = programs.get(name.toLowerCase());
    if (program === undefined) return false;
    const where = machine === undefined ? [] : ['/s', machine];
    const args = [...where, '/fi', `PID eq ${pid}`, '/fo', 'csv', '/nh'];
    try {
      const { stdout } = await exec(['tasklist.exe', ...args], { timeoutMs: SC_LIMIT_MS });
      // When there is none, a sentence in the language of Windows is printed.
      const [, image, number] = /^"([^"]*)","(\d+)"/mu.exec(stdout) ?? [];
      return number === String(pid) && image?.toLowerCase() === program.toLowerCase();
    } catch (error) {
      // Who cannot look is no worse off than before: the service itself is stopped.
      if (error instanceof CommandError || error instanceof TimeLimitError) return false;
      throw error;
    }
  }
}

function notUnderstood(name: string, verb: string): ServiceError {
  return new ServiceError(`the answer of sc.exe ${verb} ${name} was not understood`, name);
}
