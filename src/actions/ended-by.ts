import type { ExecuteContext } from '../contract/action.ts';
import { allOrFirstFailure } from './all-or-first-failure.ts';

/** The context of a step, ended also by `signal`. */
export function endedBy(context: ExecuteContext, signal: AbortSignal): ExecuteContext {
  const both = AbortSignal.any([context.signal, signal]);
  return {
    ...context,
    signal: both,
    perform: (operation, work) => {
      both.throwIfAborted();
      return context.perform(operation, () => work(both));
    },
    exec: (operation, options) => {
      both.throwIfAborted();
      const ends = options?.signal === undefined ? signal : AbortSignal.any([options.signal, signal]);
      return context.exec(operation, { ...options, signal: ends });
    },
  };
}

/** Does all at the same time; the first failure ends the others, and is thrown when none goes on. */
export async function sideBySide(
  context: ExecuteContext,
  works: readonly ((own: ExecuteContext) => Promise<unknown>)[],
): Promise<void> {
  const failed = new AbortController();
  const own = endedBy(context, failed.signal);
  await allOrFirstFailure(
    works.map(async (work) => {
      try {
        await work(own);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }),
  );
}
