import type { SqlOperation } from '../contract/operation.ts';

/**
 * A look into a database as the plan shows it: the statements that are sent, one after another. `note` stands behind them
 * as a comment, such as what `$1` is.
 */
export function sqlLook(
  database: string,
  statements: readonly string[],
  { note, repeat }: { readonly note?: string; readonly repeat?: true } = {},
): SqlOperation {
  const text = statements.map((statement) => statement.replace(/\s+/g, ' ').trim()).join('; ');
  return {
    kind: 'sql',
    database,
    text: note === undefined ? text : `${text} -- ${note}`,
    effect: 'read',
    ...(repeat === undefined ? {} : { repeat }),
  };
}
