import type { Operation } from '../contract/operation.ts';
import { canonicalOperation, substitute } from '../runbook/placeholders.ts';

/** Refuses what the plan did not describe. One for each attempt of a step on a node. */
export interface Ledger {
  /** Ticks the operation off. @throws Error (a bug of ours) when it was not described, or is done a second time. */
  claim(operation: Operation): void;
  /** Whether {@link claim} would take it. */
  has(operation: Operation): boolean;
  /** Gives a placeholder that only this attempt knows its value. */
  bind(placeholder: string, value: string): void;
}

/**
 * `bindings` gives placeholders their values.
 * The bindings are applied to what was planned, never to what is performed.
 */
export function createLedger(
  step: string,
  planned: readonly Operation[],
  bindings: ReadonlyMap<string, string>,
): Ledger {
  const known = new Map(bindings);
  const open = planned.map((operation) => ({ operation, used: false }));
  function find(operation: Operation): (typeof open)[number] | undefined {
    const wanted = comparable(operation);
    return open.find(
      (candidate) =>
        (candidate.operation.repeat === true || !candidate.used) &&
        comparable(substitute(candidate.operation, known)) === wanted,
    );
  }
  return {
    has: (operation) => find(operation) !== undefined,
    claim(operation) {
      const entry = find(operation);
      if (entry === undefined) {
        throw new Error(
          `step ${step} tried an operation that its plan does not have: ${comparable(operation)}`,
        );
      }
      entry.used = true;
    },
    bind(placeholder, value) {
      known.set(placeholder, value);
    },
  };
}

/** `repeat` says how often, not what: a service that was thought stopped may turn out to run. */
function comparable(operation: Operation): string {
  const { repeat, ...what } = operation;
  void repeat;
  return canonicalOperation(what);
}
