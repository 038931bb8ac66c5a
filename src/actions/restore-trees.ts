import path from 'node:path';
import * as z from 'zod';
import type { Action, Description, ReadContext } from '../contract/action.ts';
import { PreflightError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { FileOperation } from '../contract/operation.ts';
import { formatBytes, formatCount } from '../foundation/human.ts';
import { refuseOverlap } from '../vault/restore/apart.ts';
import { keptFolders } from '../vault/restore/own-names.ts';
import type { RestoreResult, RestoreTreeOptions } from '../vault/restore/tree-restore.ts';
import type { ManifestTree } from '../vault/vault.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { isPlaceholder } from './input.ts';
import { putBackTrees } from './restore-trees-undo.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { inSet, setInput } from './set-paths.ts';
import { readSetTrees } from './set-trees.ts';
import { progressAfter } from './tree-progress.ts';

/** Inputs that every restore of folders has. */
export const restoreInput = { set: setInput, copy: copyInput };
/** How files are compared with those of the set. */
export const compareInput = z
  .enum(['quick', 'content'])
  .default('quick')
  .describe('quick: by size and time; content: all files are read');
/** What becomes of files that the set has not. */
export const extraInput = z.enum(['move', 'keep']).default('move');

/** The part of the input that restoring looks at. */
export interface RestoreInput {
  readonly set: string;
  readonly copy: string;
}

/** One folder of a set and where it is restored to. */
export interface RestoreTarget {
  /** In the set, with `/`. */
  readonly folder: string;
  /** As this machine reaches it. */
  readonly into: string;
  /** Relative paths, with `/`, whose files stay where the set has not got them. */
  readonly leave: readonly string[];
}

/** Which folders of a set are restored. */
export interface ChosenTargets {
  readonly targets: readonly RestoreTarget[];
  readonly notes?: readonly string[];
}

/** What was there before: where files were restored to, so that a change of the site file does not mislead an undo. */
export type RestoredTargets = {
  targets: { folder: string; into: string; leave: string[]; made: boolean }[];
};

type Collaborators = Pick<ActionCollaborators, 'site' | 'restoreTrees'> & PlaceCollaborators;

/** Makes an action that restores folders of a set, one after another, and can put back what was there. */
export function createTreesRestore<Input extends RestoreInput>(
  c: Collaborators,
  definition: {
    readonly name: string;
    readonly input: z.ZodType<Input>;
    readonly how: (input: Input) => Pick<RestoreTreeOptions, 'compare' | 'extra'>;
    /** `trees`: the names of those of the set. @throws PreflightError when they and the site file do not go together */
    readonly choose: (input: Input, trees: readonly string[], context: ReadContext) => ChosenTargets;
    /** What the site file names, for a plan that does not know its set yet. */
    readonly possible: (input: Input, context: ReadContext) => readonly RestoreTarget[];
  },
): Action<Input, RestoredTargets> {
  const { restoreTrees } = c;

  function operationsFor(
    { set, copy }: RestoreInput,
    { folder, into }: RestoreTarget,
    context: ReadContext,
  ): { copyTree: FileOperation; moveAside: FileOperation } {
    return {
      moveAside: {
        ...{ kind: 'file', verb: 'move', effect: 'change', repeat: true },
        source: path.join(into, '*'),
        path: keptFolders(into, context.run.id).before,
      },
      copyTree: {
        ...{ kind: 'file', verb: 'copy', effect: 'change' },
        source: inSet(setPlace(c, copy, context), set, folder),
        path: into,
      },
    };
  }

  async function choose(
    input: Input,
    context: ReadContext,
  ): Promise<ChosenTargets & { readonly trees: readonly ManifestTree[] }> {
    const place = setPlace(c, input.copy, context);
    const trees = await readSetTrees(place, input.set);
    const chosen = definition.choose(
      input,
      trees.map(({ folder }) => folder),
      context,
    );
    for (const { into } of chosen.targets) await refuseOverlap(into, apartFrom(input, context));
    const wanted = trees.filter(({ folder }) => chosen.targets.some((target) => target.folder === folder));
    return { ...chosen, trees: wanted };
  }

  function apartFrom({ copy }: RestoreInput, context: ReadContext): string[] {
    return [c.site.vault.folder, setPlace(c, copy, context).root];
  }

  async function optionsFor(
    input: Input,
    { targets }: RestoredTargets,
    context: ReadContext,
  ): Promise<{ target: RestoreTarget; options: RestoreTreeOptions }[]> {
    const place = setPlace(c, input.copy, context);
    const trees = await readSetTrees(place, input.set);
    return targets.map((target) => {
      const tree = trees.find(({ folder }) => folder === target.folder);
      if (tree === undefined) throw new PreflightError(`The set has no ${target.folder} any more.`);
      return {
        target,
        options: {
          ...definition.how(input),
          tree,
          set: inSet(place, input.set),
          into: target.into,
          leave: target.leave,
          run: context.run.id,
          apartFrom: apartFrom(input, context),
          signal: context.signal,
        },
      };
    });
  }

  function removeOperation(into: string, run: string): FileOperation {
    return { kind: 'file', verb: 'remove', path: keptFolders(into, run).before, effect: 'destroy' };
  }

  return {
    name: definition.name,
    effect: 'change',
    input: definition.input,
    onCancel: 'kill',

    async describe(input, context): Promise<Description> {
      const all = (targets: readonly RestoreTarget[]): FileOperation[] =>
        targets.flatMap((target) => Object.values(operationsFor(input, target, context)));
      if (isPlaceholder(input.set)) {
        const operations = all(definition.possible(input, context));
        return {
          operations: operations.map((operation) => ({ ...operation, repeat: true as const })),
          basis: 'assumed',
        };
      }
      try {
        const { targets, trees, notes = [] } = await choose(input, context);
        const files = trees.reduce((sum, tree) => sum + tree.files, 0);
        const bytes = trees.reduce((sum, tree) => sum + tree.bytes, 0);
        return {
          operations: all(targets),
          estimate: { files, bytes },
          notes: targets.length === 0 ? notes : [...notes, sizeNote(files, bytes)],
        };
      } catch (error) {
        return notPlanned(factOf(error));
      }
    },

    async prepare(input, context) {
      const { targets } = await choose(input, context);
      const before: RestoredTargets['targets'] = [];
      for (const { folder, into, leave } of targets) {
        const made = await restoreTrees.isMade(into, context.run.id);
        before.push({ folder, into, leave: [...leave], made });
      }
      return { targets: before };
    },

    async execute(input, before, context) {
      const results: RestoreResult[] = [];
      const changedIn: string[] = [];
      for (const { target, options } of await optionsFor(input, before, context)) {
        const { copyTree, moveAside } = operationsFor(input, target, context);
        const onProgress: RestoreTreeOptions['onProgress'] = (progress) => {
          context.progress(progressAfter(progress, results));
        };
        const result = await context.perform(moveAside, () =>
          context.perform(copyTree, (signal) => restoreTrees.restore({ ...options, signal, onProgress })),
        );
        results.push(result);
        if (result.recorded) changedIn.push(target.into);
        for (const warning of result.warnings) context.warn(warning);
      }
      return { ...totals(results), changedIn };
    },

    /** Looks at the files themselves, so that what a person restored by hand counts as well. */
    async check(input, before, context) {
      let differ = false;
      let begun = false;
      for (const { target, options } of await optionsFor(input, before, context)) {
        differ ||= (await restoreTrees.compare(options)).count > 0;
        begun ||= (await restoreTrees.kept(target.into, context.run.id, context.signal)) !== undefined;
      }
      if (!differ) return 'done';
      return begun ? 'partial' : 'not-done';
    },

    ...putBackTrees(restoreTrees),

    async describeDiscard(_input, { targets }, _outputs, context) {
      const operations: FileOperation[] = [];
      let files = 0;
      let bytes = 0;
      for (const { into } of targets) {
        const kept = await restoreTrees.kept(into, context.run.id, context.signal);
        if (kept === undefined) continue;
        operations.push(removeOperation(into, context.run.id));
        files += kept.files;
        bytes += kept.bytes;
      }
      return operations.length === 0 ? { operations } : { operations, estimate: { files, bytes } };
    },

    async discard(_input, { targets }, _outputs, context) {
      const { run } = context;
      for (const { into } of targets) {
        const operation = removeOperation(into, run.id);
        if (!context.isPlanned(operation)) continue;
        await context.perform(operation, (signal) => restoreTrees.discard(into, run.id, signal));
      }
    },
  };
}

/** Paths of the targets that lie in another one: its restore leaves them to their own. */
export function withoutNested(targets: readonly RestoreTarget[]): RestoreTarget[] {
  return targets.map((target) => {
    const nested = targets.flatMap(({ into }) => {
      const way = path.relative(target.into, into);
      const inside = way !== '' && way !== '..' && !/^\.\.[\\/]/.test(way) && !path.isAbsolute(way);
      return inside ? [way.split(path.sep).join('/')] : [];
    });
    return nested.length === 0 ? target : { ...target, leave: [...target.leave, ...nested] };
  });
}

function sizeNote(files: number, bytes: number): string {
  return `In the set: ${formatCount(files, 'file')}, ${formatBytes(bytes)}. Files that are the same already are only compared.`;
}

function totals(results: readonly RestoreResult[]): JsonObject {
  const sum = (key: Exclude<keyof RestoreResult, 'recorded' | 'warnings'>): number =>
    results.reduce((total, result) => total + result[key], 0);
  return {
    files: sum('files'),
    bytes: sum('bytes'),
    filesPlaced: sum('filesPlaced'),
    bytesPlaced: sum('bytesPlaced'),
    moved: sum('moved'),
    kept: sum('kept'),
    durationMs: Math.round(sum('durationMs')),
  };
}
