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

/** What a plan says of a node that does not answer. */
export function unreachable(node: ReadableNode, error: unknown): Description {
  return notPlanned(`${node.name} could not be asked: ${factOf(error)}`);
}

/**
 * What a plan says of a step whose operations could not be told. Preflight mostly meets the cause again and names it; when
 * it was gone by then, the run is refused all the same, since this step could do nothing.
 */
export function notPlanned(reason: string): Description {
  return { operations: [], basis: 'assumed', notes: [reason], incomplete: reason };
}

/** What an expected error says to do next. */
export function adviceOf(error: unknown): string | undefined {
  return error instanceof ExpectedError ? error.hint : undefined;
}
