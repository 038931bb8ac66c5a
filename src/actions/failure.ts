import type { Description } from '../contract/action.ts';
import { ExpectedError, messageOf } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';

/**
 * The message of a failure that is a fact about the site: an expected error, or one of the system or of PostgreSQL
 * (they carry a `code`). Anything else is a bug of ours and is thrown on.
 */
export function factOf(error: unknown): string {
  if (error instanceof ExpectedError) return messageOf(error);
  if (error instanceof AggregateError && error.errors.length > 0) return factOf(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return messageOf(error);
  throw error;
}

/** What a plan says of a node that does not answer: preflight finds it again, and then nothing is changed. */
export function unreachable(node: ReadableNode, error: unknown): Description {
  return {
    operations: [],
    basis: 'assumed',
    notes: [`${node.name} could not be asked: ${factOf(error)}`],
  };
}

/** What an expected error says to do next. */
export function adviceOf(error: unknown): string | undefined {
  return error instanceof ExpectedError ? error.hint : undefined;
}
