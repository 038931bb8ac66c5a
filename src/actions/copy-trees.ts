import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { CopyResult, CopyTreeOptions } from '../vault/vault.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { previousTrees, sizesNote } from './previous-trees.ts';
import { inSet, setInput } from './set-paths.ts';
import { progressAfter } from './tree-progress.ts';
import type { Tree } from './trees.ts';

/** Inputs that every copy of folders has. */
export const copyInput = {
  set: setInput,
  /** 1: while the site is live, what cannot be copied now is left for the second; 2: the last. */
  pass: z.union([z.literal(1), z.literal(2)]).default(2),
  /** What a file that vanishes, changes or cannot be read means; by default `later` in pass 1 and `fail` in pass 2. */
  'on-trouble': z.enum(['fail', 'warn', 'later']).optional(),
};

/** The part of the input that copying looks at. */
export interface CopyInput {
  readonly set: string;
  readonly pass: 1 | 2;
  readonly 'on-trouble'?: CopyTreeOptions['onTrouble'] | undefined;
}

/** Makes an action that copies folders into the open set, one after another. */
export function createTreeCopy<Input extends CopyInput>(
  c: Pick<ActionCollaborators, 'vault'>,
  definition: {
    readonly name: string;
    readonly input: z.ZodType<Input>;
    readonly trees: (input: Input, context: ReadContext) => readonly Tree[];
  },
): Action<Input, null> {
  const operationFor = (tree: Tree, set: string): FileOperation => ({
    kind: 'file',
    verb: 'copy',
    source: tree.from,
    path: inSet(c.vault, set, tree.to),
    effect: 'change',
  });
  return {
    name: definition.name,
    effect: 'change',
    input: definition.input,
    onCancel: 'kill',

    async describe(input, context) {
      const trees = definition.trees(input, context);
      const sizes = await previousTrees(
        c.vault,
        trees.map(({ to }) => to),
      );
      return {
        operations: trees.map((tree) => operationFor(tree, input.set)),
        ...(sizes === undefined ? {} : { estimate: sizes, notes: [sizesNote(sizes)] }),
      };
    },

    prepare: () => Promise.resolve(null),

    async execute(input, _before, context) {
      const set = await c.vault.open(input.set);
      const results: CopyResult[] = [];
      for (const tree of definition.trees(input, context)) {
        const result = await context.perform(operationFor(tree, input.set), (signal) =>
          set.copyTree({
            from: tree.from,
            to: tree.to,
            exclude: tree.exclude,
            onTrouble: input['on-trouble'] ?? (input.pass === 1 ? 'later' : 'fail'),
            signal,
            onProgress: (progress) => {
              context.progress(progressAfter(progress, results));
            },
          }),
        );
        results.push(result);
        warnOfTree(tree.from, result.warnings, context);
      }
      return totals(results);
    },

    // A copied tree is never taken for granted: copying again only looks at sizes and times.
    check: () => Promise.resolve('not-done'),
  };
}

/** Warns of what was met in the folder `from`, which is named once. */
export function warnOfTree(
  from: string,
  warnings: readonly string[],
  { warn }: Pick<ExecuteContext, 'warn'>,
): void {
  for (const warning of warnings) warn(warning.includes(from) ? warning : `${from}: ${warning}`);
}

function totals(results: readonly CopyResult[]): JsonObject {
  const sum = (key: Exclude<keyof CopyResult, 'warnings'>): number =>
    results.reduce((total, result) => total + result[key], 0);
  return {
    files: sum('files'),
    bytes: sum('bytes'),
    filesCopied: sum('filesCopied'),
    bytesCopied: sum('bytesCopied'),
    filesLinked: sum('filesLinked'),
    durationMs: sum('durationMs'),
  };
}
