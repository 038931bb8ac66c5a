import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { TEMPORARY } from './set-names.ts';
import type { CompareStep } from './restore/compare-tree.ts';
import type { ScanStep, WorkerEnd, WorkerMessage, WorkerOrder, WorkerRequest } from './worker-protocol.ts';

/** A worker answers within a block of a file; one that hangs in a call (a dead network share) is left after this. */
const PATIENCE_MS = 5000;
/** The next tree mostly follows at once, and starting a thread takes longer than linking a hundred files. */
const IDLE_MS = 2000;
/** What is made for one file is of no use for the next: with more room for it a thread only grows, and is no faster. */
const LIMITS = { maxYoungGenerationSizeMb: 6 };

/** For whom orders are carried out. */
export interface Owner {
  /** Only its own. */
  readonly name: string;
  readonly cancel: SharedArrayBuffer;
  /** The set that is written; absent: the workers only read. */
  readonly set?: string;
  readonly onBytes: (bytes: number) => void;
  /** Temporary files that its orders may have left. */
  readonly temporaries: Set<string>;
}

/** One thing to be done by some worker. */
export interface Order {
  readonly owner: Owner;
  readonly request: WorkerRequest;
  readonly onSteps?: (steps: readonly ScanStep[] | readonly CompareStep[]) => void;
  readonly onEnd: (end: WorkerEnd) => void;
}

/** Worker threads that are shared by everything that copies, hashes or scans. They end by themselves when nobody needs them. */
export interface CopyWorkers {
  /** How many orders are carried out at the same time, and as many scans, which wait for what they lead to. */
  readonly workers: number;
  /** Starts a thread that has no work yet, where there is none: the first order then finds it ready. */
  warmUp(): void;
  /** `first`: before everything that waits. */
  submit(order: Order, first: boolean): void;
  /** Takes back what waits, and waits until nothing of this owner is going on any more. */
  withdraw(owner: Owner): Promise<void>;
}

interface Member {
  readonly worker: Worker;
  readonly name: string;
  current: Order | undefined;
  idle: NodeJS.Timeout | undefined;
}

/** Threads of `workerFile` (compiled JavaScript of `copy-worker.ts`), started as there is work for them. */
export function createCopyWorkers(workerFile: URL, workers: number): CopyWorkers {
  const limit = Math.max(1, workers);
  const waiting: Order[] = [];
  const members = new Set<Member>();

  function feed(): void {
    for (let next = takeNext(); next !== undefined; next = takeNext())
      assign([...members].find(({ current }) => current === undefined) ?? enlist(), next);
  }

  function takeNext(): Order | undefined {
    const running = [...members].flatMap(({ current }) => current ?? []);
    const scans = running.filter(isScan).length;
    const room = { scan: scans < limit, other: running.length - scans < limit };
    const index = waiting.findIndex((order) => (isScan(order) ? room.scan : room.other));
    return index === -1 ? undefined : waiting.splice(index, 1)[0];
  }

  function assign(member: Member, order: Order): void {
    clearTimeout(member.idle);
    const { cancel, name, set, temporaries } = order.owner;
    // Never the same for two owners: one removes its own in the end, while the worker writes for the other.
    const temporary = set === undefined ? undefined : join(set, `${TEMPORARY}${name}-${member.name}`);
    if (temporary !== undefined) temporaries.add(temporary);
    member.current = order;
    member.worker.ref();
    const sent: WorkerOrder = { request: order.request, cancel };
    member.worker.postMessage(temporary === undefined ? sent : { ...sent, temporary });
  }

  function enlist(): Member {
    const worker = new Worker(workerFile, { resourceLimits: LIMITS });
    const name = randomBytes(4).toString('hex');
    const member: Member = { worker, name, current: undefined, idle: undefined };
    members.add(member);
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'scanned') member.current?.onSteps?.(message.steps);
      else if (message.bytes > 0) member.current?.owner.onBytes(message.bytes);
      if (message.type === 'ended') finish(member, message.end);
    });
    worker.on('error', (error) => {
      members.delete(member);
      finish(member, { type: 'crashed', message: error.stack ?? error.message });
    });
    worker.on('exit', (code) => {
      members.delete(member);
      finish(member, { type: 'crashed', message: `it ended by itself with code ${String(code)}` });
    });
    return member;
  }

  function finish(member: Member, end: WorkerEnd): void {
    const { current } = member;
    member.current = undefined;
    if (current === undefined) return;
    rest(member);
    current.onEnd(end);
    feed();
  }

  function rest(member: Member): void {
    // A thread that waits for work must not keep the process from ending.
    member.worker.unref();
    member.idle = setTimeout(() => void dismiss(member), IDLE_MS).unref();
  }

  async function dismiss(member: Member): Promise<void> {
    members.delete(member);
    member.worker.unref();
    await member.worker.terminate();
  }

  return {
    workers,
    warmUp() {
      if (members.size === 0) rest(enlist());
    },
    submit(order, first) {
      if (first) waiting.unshift(order);
      else waiting.push(order);
      feed();
    },
    async withdraw(owner) {
      for (const order of waiting.filter((one) => one.owner === owner)) {
        waiting.splice(waiting.indexOf(order), 1);
        order.onEnd({ type: 'cancelled' });
      }
      const running = (): Member[] => [...members].filter(({ current }) => current?.owner === owner);
      const patience = Date.now() + PATIENCE_MS;
      while (running().length > 0 && Date.now() < patience) await delay(2);
      for (const member of running()) {
        // It may hang in a system call for ever: it is told to end, and nobody waits for it.
        void dismiss(member);
        finish(member, { type: 'cancelled' });
      }
    },
  };
}

function isScan({ request }: Order): boolean {
  return request.kind === 'scan' || request.kind === 'compare';
}
