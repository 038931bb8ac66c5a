import type { ZodType } from 'zod';
import type { Action, CheckResult, ExecuteContext, ReadContext } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Operation } from '../contract/operation.ts';

/** Performs one look of a check: while planning it only looks, in a run it is journaled too. */
export type Look = <T>(operation: Operation, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** What a check found. */
export interface Findings {
  readonly checks: readonly CheckResult[];
  /** Facts for the plan's fingerprint: nothing that changes by itself, such as free bytes or times. */
  readonly observed?: JsonObject;
  /** For later steps. */
  readonly outputs?: JsonObject;
  /** Lines for the question for approval. */
  readonly approval?: readonly string[];
}

/** One check of the preflight. */
export interface CheckDefinition<Input> {
  readonly name: string;
  readonly input: ZodType<Input>;
  /** Every look it may take, whatever state the site is in; each is taken at most once. */
  operations(input: Input, context: ReadContext): readonly Operation[] | Promise<readonly Operation[]>;
  /** What a reader of the plan must know of the looks. */
  notes?(context: ReadContext): readonly string[];
  /** A failed check is a result; only bugs are thrown. */
  probe(input: Input, context: ReadContext, look: Look): Promise<Findings>;
  /** False: too slow for planning, and it observes nothing. */
  readonly whilePlanning: boolean;
}

/** Makes an action of a check: effect `read`, outputs `checks` and what the check adds. */
export function createCheck<Input>(definition: CheckDefinition<Input>): Action<Input, null> {
  return {
    name: definition.name,
    effect: 'read',
    input: definition.input,
    onCancel: 'kill',

    async describe(input, context) {
      const operations = await definition.operations(input, context);
      if (!definition.whilePlanning) return { operations };
      const { checks, observed, outputs, approval } = await definition.probe(
        input,
        context,
        (_operation, work) => work(context.signal),
      );
      return {
        operations,
        ...(observed === undefined ? {} : { observed }),
        ...(outputs === undefined ? {} : { outputs }),
        ...(approval === undefined ? {} : { approval }),
        notes: [
          ...(definition.notes?.(context) ?? []),
          ...checks.filter(({ status }) => status !== 'ok').map(({ message }) => message),
        ],
      };
    },

    prepare() {
      return Promise.resolve(null);
    },

    async execute(input, _before, context: ExecuteContext) {
      const { checks, outputs } = await definition.probe(input, context, (operation, work) =>
        context.perform(operation, work),
      );
      return { ...outputs, checks: checks.map((check): JsonObject => ({ ...check })) };
    },

    check() {
      // A look is never a result of an earlier one: it is taken again.
      return Promise.resolve('not-done');
    },
  };
}
