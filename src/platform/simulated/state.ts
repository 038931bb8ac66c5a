import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { BusyError, messageOf, UsageError } from '../../contract/errors.ts';
import { acquireProcessLock, LockHeldError, type ProcessLock } from '../lock/process-lock.ts';

const LOCK_ATTEMPTS = 400;

const order = z.union([z.int().positive(), z.literal('hang'), z.literal('crash')]);

// Made when it is used: `status` loads this file and needs no shape of it.
const service = z.lazy(() =>
  z.strictObject({
    displayName: z.string(),
    state: z.enum([
      'stopped',
      'start-pending',
      'stop-pending',
      'running',
      'continue-pending',
      'pause-pending',
      'paused',
    ]),
    startType: z.enum(['automatic', 'manual', 'disabled']),
    delayed: z.boolean().optional(),
    dependsOn: z.array(z.string()).default([]),
    /** Programs that really start and stop what the service stands for: a database of a test. They end when it is up, or gone. */
    run: z.strictObject({ start: z.array(z.string()).min(1), stop: z.array(z.string()).min(1) }).optional(),
    startMs: z.number().nonnegative().default(0),
    stopMs: z.number().nonnegative().default(0),
    /** When the state was entered, ISO 8601. */
    since: z.iso.datetime(),
    /** What a pending state becomes, and when; without it, it stays for ever. A running one may be about to stop. */
    next: z
      .strictObject({ state: z.enum(['running', 'stop-pending', 'stopped']), at: z.iso.datetime() })
      .optional(),
    fail: z
      .strictObject({
        start: order.optional(),
        stop: z.union([z.int().positive(), z.enum(['hang', 'lost', 'unheard'])]).optional(),
        config: z.int().positive().optional(),
        lateMs: z.number().nonnegative().optional(),
        times: z.int().positive().optional(),
      })
      .optional(),
  }),
);

const file = z.lazy(() =>
  z.strictObject({
    schemaVersion: z.literal(1),
    /** Milliseconds the repository service runs before it answers. */
    readyMs: z.number().nonnegative().default(0),
    services: z.record(z.string(), service),
  }),
);

/** `services.json` of a simulated node. */
export type ServicesFile = z.output<typeof file>;

/** One service in it. */
export type SimulatedService = z.output<typeof service>;

/** The services as they are at `now`: pending states whose time has come have ended. */
export async function readServicesFile(folder: string, now: Date): Promise<ServicesFile> {
  const target = path.join(folder, 'services.json');
  let text;
  try {
    text = await fs.readFile(target, 'utf8');
  } catch (cause) {
    throw new UsageError(`the simulated node has no services: ${messageOf(cause)}`, {
      hint: 'Make the simulated site with `sense-runbook demo --setup-only`.',
      cause,
    });
  }
  try {
    const content = file.parse(JSON.parse(text));
    for (const entry of Object.values(content.services)) settle(entry, now);
    return content;
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new UsageError(`${target} is not valid: ${what}`, { cause });
  }
}

/**
 * Changes `services.json`, one process at a time. What `change` throws is thrown after the file was written: an order
 * to fail may count itself down.
 */
export async function changeServicesFile<T>(
  folder: string,
  now: () => Date,
  change: (content: ServicesFile) => T,
): Promise<T> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  const lock = await lockFolder(folder);
  try {
    const content = await readServicesFile(folder, now());
    try {
      return change(content);
    } finally {
      const text = `${JSON.stringify(content, undefined, 2)}\n`;
      await writeFileAtomic(path.join(folder, 'services.json'), text, { fsync: false });
    }
  } finally {
    await lock.release();
  }
}

function settle(entry: SimulatedService, now: Date): void {
  if (entry.next === undefined || new Date(entry.next.at) > now) return;
  entry.state = entry.next.state;
  entry.since = entry.next.at;
  delete entry.next;
  if (entry.state !== 'stop-pending') return;
  const stoppedAt = new Date(new Date(entry.since).getTime() + entry.stopMs);
  entry.next = { state: 'stopped', at: stoppedAt.toISOString() };
  settle(entry, now);
}

/** Taken for a few milliseconds by each change, so whoever finds it taken waits. */
async function lockFolder(folder: string): Promise<ProcessLock> {
  const name = `simulated services in ${await fs.realpath(folder)}`;
  const file = path.join(folder, 'services.lock');
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await acquireProcessLock({ name, file, info: { pid: process.pid } });
    } catch (error) {
      if (!(error instanceof LockHeldError)) throw error;
      if (attempt === LOCK_ATTEMPTS) throw new BusyError(error.message, { cause: error });
      await pause();
    }
  }
}
