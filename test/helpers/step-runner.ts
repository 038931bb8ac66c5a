import type { Action, Description, ExecuteContext, ReadContext } from '../../src/contract/action.ts';
import type { JsonObject, JsonValue } from '../../src/contract/json.ts';
import type { CertificateStoreName, Node } from '../../src/contract/node.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { createLedger } from '../../src/engine/ledger.ts';

const RUN = 'RUN';

/** The process was killed: nothing of it goes on, and nothing of it is cleaned up. */
export class Killed extends Error {}

/** Where a kill strikes: before or after the operation with this number, from 0. */
export interface KillAt {
  readonly operation: number;
  readonly when: 'before' | 'after';
}

/** What one attempt did. */
export interface Attempt {
  readonly outputs: JsonObject;
  readonly before: JsonValue;
  readonly performed: readonly Operation[];
  readonly warnings: readonly string[];
}

/**
 * One step of a run on a real node, with the ledger of the engine: planned once, attempted as often as wanted, undone and
 * discarded. `last.before` is what the newest attempt was given, as the journal would have it.
 */
export function stepRunner<I, B extends JsonValue>(
  action: Action<I, B>,
  input: JsonObject,
  {
    node,
    nodes = [node],
    id = 'step',
  }: { readonly node: Node; readonly nodes?: readonly Node[]; readonly id?: string },
) {
  const parsed = action.input.parse(input);
  const last: { before?: B; performed: Operation[]; warnings: string[] } = { performed: [], warnings: [] };
  let plan: Description | undefined;

  function read(run = RUN): ReadContext {
    return {
      node,
      nodes,
      run: { id: run, step: id, attempt: 1 },
      signal: new AbortController().signal,
      reversed: [],
    };
  }

  function contextOf(operations: readonly Operation[], kill?: KillAt): ExecuteContext {
    const ledger = createLedger(id, operations, new Map([['<run>', RUN]]));
    let dead = false;
    last.performed = [];
    last.warnings = [];
    async function perform<T>(operation: Operation, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
      if (dead) throw new Killed('it goes on after the kill');
      ledger.claim(operation);
      const number = last.performed.length;
      const strike = (when: KillAt['when']): void => {
        if (kill?.operation !== number || kill.when !== when) return;
        dead = true;
        throw new Killed(`${when} operation ${String(number)}`);
      };
      strike('before');
      last.performed.push(operation);
      const result = await work(read().signal);
      strike('after');
      return result;
    }
    return {
      ...read(),
      perform,
      isPlanned: (operation) => ledger.has(operation),
      exec: () => Promise.reject(new Error('no program was expected')),
      request: () => Promise.reject(new Error('no request was expected')),
      unlock: () => Promise.reject(new Error('no registration was expected')),
      service: (operation, wait) =>
        perform(operation, async (signal) => {
          const limits = { timeoutMs: wait?.timeoutMs ?? 10_000, signal };
          if (operation.verb === 'stop') await node.services.stop(operation.service, limits);
          else await node.services.start(operation.service, limits);
        }),
      startType: (operation) =>
        perform(operation, () => node.services.setStartType(operation.service, operation.startType)),
      certificate: (operation, password) =>
        perform(operation, async () => {
          const store = operation.store as CertificateStoreName;
          const { file = '', thumbprint = '' } = operation;
          if (operation.verb === 'export') await node.certificates.export(store, thumbprint, file, password);
          else if (operation.verb === 'import' || operation.verb === 'give-access')
            await node.certificates.import(store, file, password, operation.account);
          else await node.certificates.remove(store, thumbprint);
        }),
      bind: () => undefined,
      reached: () => undefined,
      progress: () => undefined,
      warn: (message, hint) => void last.warnings.push(hint === undefined ? message : `${message} ${hint}`),
    };
  }

  return {
    last,
    /** What the plan says; made once. */
    async plan(): Promise<Description> {
      return (plan ??= await action.describe(parsed, read('<run>')));
    },
    async attempt(kill?: KillAt): Promise<Attempt> {
      plan ??= await action.describe(parsed, read('<run>'));
      if (plan.incomplete !== undefined) throw new Error(`not planned: ${plan.incomplete}`);
      const before = await action.prepare(parsed, read());
      last.before = before;
      const outputs = await action.execute(parsed, before, contextOf(plan.operations, kill));
      return { outputs, before, performed: last.performed, warnings: last.warnings };
    },
    check: () => action.check(parsed, beforeOf(last), read()),
    /** Messages of what an undo would fail with; `begun`: a rollback had begun it. */
    async foresee(begun = false): Promise<string[]> {
      const ahead = { begun, newer: [] };
      const found = await action.foreseeUndo?.(parsed, beforeOf(last), undefined, read(), ahead);
      return (found ?? []).map(({ message }) => message);
    },
    async undo(kill?: KillAt): Promise<readonly Operation[]> {
      const before = beforeOf(last);
      const description = await action.describeUndo?.(parsed, before, undefined, read());
      await action.undo?.(parsed, before, undefined, contextOf(description?.operations ?? [], kill));
      return last.performed;
    },
    describeDiscard: () => action.describeDiscard?.(parsed, beforeOf(last), undefined, read()),
    async discard(kill?: KillAt): Promise<readonly Operation[]> {
      const before = beforeOf(last);
      const description = await action.describeDiscard?.(parsed, before, undefined, read());
      await action.discard?.(parsed, before, undefined, contextOf(description?.operations ?? [], kill));
      return last.performed;
    },
  };
}

function beforeOf<B>({ before }: { readonly before?: B }): B {
  if (before === undefined) throw new Error('no attempt was made yet');
  return before;
}

/** Every state in which a kill may leave an attempt of so many operations. */
export function killPlaces(operations: number): KillAt[] {
  const after = Array.from({ length: operations }, (_, operation) => ({ operation, when: 'after' as const }));
  return [{ operation: 0, when: 'before' }, ...after];
}
