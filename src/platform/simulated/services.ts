import fs from 'node:fs/promises';
import path from 'node:path';
import type { Exec, ServiceManager } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { startService, stopService } from '../services/drive.ts';
import { createSimulatedControl, dependentsOf, setStartType, statusOf } from './control.ts';
import { changeServicesFile, readServicesFile } from './state.ts';

const POLL_MS = 25;
/** As long as a stop whose answer is lost may lie about here. */
const ORDER_LIES_MS = 1_000;

/** The services of a simulated node, kept in `<folder>/services.json`; each call is a line of `calls.jsonl`. */
export function createSimulatedServices(folder: string, clock: Clock, exec?: Exec): ServiceManager {
  const drive = {
    control: createSimulatedControl(folder, clock, exec),
    clock,
    pollMs: POLL_MS,
    orderLiesMs: ORDER_LIES_MS,
  };
  const called = (verb: string, service?: string) => recordCall(folder, clock, verb, service);
  return {
    async list() {
      await called('list');
      const { services } = await readServicesFile(folder, clock.now());
      return Object.entries(services).map(([name, service]) => statusOf(name, service));
    },
    async query(name) {
      await called('query', name);
      return drive.control.query(name);
    },
    async dependents(name) {
      await called('dependents', name);
      return dependentsOf(await readServicesFile(folder, clock.now()), name);
    },
    async start(name, wait) {
      await called('start', name);
      await startService(drive, name, wait);
    },
    async stop(name, wait) {
      wait.signal?.throwIfAborted();
      await called('stop', name);
      await stopService(drive, name, wait);
    },
    async setStartType(name, startType) {
      await called('config', name);
      await changeServicesFile(
        folder,
        () => clock.now(),
        (content) => setStartType(content, name, startType),
      );
    },
  };
}

/** One line of `calls.jsonl`. */
export interface SimulatedCall {
  readonly time: string;
  readonly verb: string;
  readonly service?: string;
  readonly pid: number;
}

/** Appends to `calls.jsonl`; one write, so that lines of several processes do not mix. */
async function recordCall(
  folder: string,
  clock: Pick<Clock, 'now'>,
  verb: string,
  service?: string,
): Promise<void> {
  const call: SimulatedCall = {
    time: clock.now().toISOString(),
    verb,
    ...(service !== undefined && { service }),
    pid: process.pid,
  };
  await fs.appendFile(path.join(folder, 'calls.jsonl'), `${JSON.stringify(call)}\n`);
}

/** Every call made so far, oldest first. */
export async function readCalls(folder: string): Promise<SimulatedCall[]> {
  try {
    const text = await fs.readFile(path.join(folder, 'calls.jsonl'), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as SimulatedCall);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
