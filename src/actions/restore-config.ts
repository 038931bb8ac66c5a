import * as z from 'zod';
import type { Action, Description, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { FileOperation } from '../contract/operation.ts';
import { fileSize } from '../vault/file-size.ts';
import { MANIFEST } from '../vault/set-names.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { chosenFiles, isChosen } from './config-chosen.ts';
import { configChange, readIfThere, sha256, type ConfigChange } from './config-changes.ts';
import { readSetConfig, type ConfigFile, type SetConfig } from './config-files.ts';
import { notTheSame, releaseHere } from './config-same.ts';
import {
  configFolder,
  hasHash,
  keepFile,
  keepOperation,
  keptFile,
  wasEdited,
  writeInPlace,
  type ChangedFile,
} from './config-safety.ts';
import { configReport, diffFile, diffOperation, writeDiff } from './config-report.ts';
import { factOf, notPlanned } from './failure.ts';
import { isPlaceholder } from './input.ts';
import { ASK_INSTALLED } from './installed-release.ts';
import { putBackConfig } from './restore-config-undo.ts';
import { discardKept, firstBefore, keepBefore, keepBeforeOperation } from './safety.ts';
import { copyInput, setPlace, type PlaceCollaborators, type SetPlace } from './set-place.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /**
   * `show`: only say what differs; `same`: put the files of the set in place (same host and release); `merge`: take over
   * values by key (another host or release).
   */
  mode: z.enum(['show', 'same', 'merge']).default('show'),
  /** Only these: names of files or ends of their paths, `*` for anything in a name, several with a comma; none: every file. */
  files: z.array(z.string()).default([]),
  /** Other steps change the files before this one: what differs is known only when it runs. */
  'changes-later': z.boolean().default(false),
});

type Input = z.infer<typeof input>;

/** What is changed on this node. */
export type ConfigBefore = { files: ChangedFile[] };

export type ConfigCollaborators = Pick<ActionCollaborators, 'site' | 'stateFolder'> & PlaceCollaborators;

/**
 * Compares the configuration files of a node with those of a set, and puts those of the set in place or merges them by key.
 * What is bound to a machine or a database server (Host.cfg, encrypted connection strings, passwords, postgresql.conf,
 * pg_hba.conf) always stays, and is told as work for a person.
 */
export function createRestoreConfig(c: ConfigCollaborators): Action<Input, ConfigBefore> {
  const readOperation = (place: Pick<SetPlace, 'root'>, set: string, node: string): FileOperation => ({
    kind: 'file',
    verb: 'read',
    path: inSet(place, set, `config/${node}`),
    effect: 'read',
  });

  return {
    name: 'restore.config',
    effect: ({ mode }) => (mode === 'show' ? 'read' : 'change'),
    input,
    onCancel: 'wait',

    async describe(given, context): Promise<Description> {
      if (isPlaceholder(given.set)) return notPlanned('The backup set is not known yet.');
      const place = setPlace(c, given.copy, context);
      const { node } = context;
      try {
        const config = await readSetConfig(place, given.set, c.site, node);
        if (given.mode === 'same') {
          const refused = notTheSame(config, node, await releaseHere(c, node, context.signal));
          if (refused !== undefined) return notPlanned(`${refused.message} ${refused.hint}`);
        }
        const look = [
          ...(asks(given, node) ? [ASK_INSTALLED] : []),
          readOperation(place, given.set, node.name),
          diffOperation(c, context),
        ];
        if (given.mode === 'show') return { operations: look };
        const isThere =
          !given['changes-later'] && (await fileSize(inSet(place, given.set, MANIFEST))) !== undefined;
        const changes = isThere ? await changesOf(place, given, config, context) : [];
        const report = configReport(changes, config, given);
        return {
          operations: [
            ...look,
            keepBeforeOperation(c, context),
            ...(isThere
              ? changes.flatMap((change) => changeOperations(change, given, place, context))
              : config.files
                  .filter((file) => isWanted(file, given))
                  .flatMap((file) => possibleOperations(file, given, place, context))),
          ],
          notes: report.notes,
          ...(isThere ? {} : { basis: 'assumed' as const }),
        };
      } catch (error) {
        return notPlanned(factOf(error));
      }
    },

    async prepare(given, context) {
      if (given.mode === 'show') return { files: [] };
      return firstBefore(c, context, async () => {
        const place = setPlace(c, given.copy, context);
        const config = await readSetConfig(place, given.set, c.site, context.node);
        return { files: (await changesOf(place, given, config, context)).flatMap(changedFile) };
      });
    },

    async execute(given, before, context) {
      const place = setPlace(c, given.copy, context);
      const config = await readSetConfig(place, given.set, c.site, context.node);
      if (given.mode === 'same') await refuseOther(config, given, context);
      const changes = await context.perform(readOperation(place, given.set, context.node.name), () =>
        changesOf(place, given, config, context, before),
      );
      const report = configReport(changes, config, given);
      await context.perform(diffOperation(c, context), () => writeDiff(diffFile(c, context), changes));
      const changed: string[] = [];
      if (given.mode !== 'show') {
        await keepBefore(c, context, before);
        for (const file of before.files) {
          const change = changes.find(({ target }) => target === file.target);
          if (await applyChange(file, change, given, place, context)) changed.push(file.target);
        }
      }
      for (const { message, hint } of report.warnings(diffFile(c, context))) context.warn(message, hint);
      return { ...report.outputs, changed, diff: diffFile(c, context) };
    },

    async check(_given, before) {
      const states = await Promise.all(
        before.files.map(async ({ target, old, new: fresh }) => {
          if (await hasHash(target, fresh)) return 'new';
          const isOld = old === null ? (await readIfThere(target)) === undefined : await hasHash(target, old);
          return isOld ? 'old' : 'other';
        }),
      );
      if (states.length > 0 && states.every((state) => state === 'new')) return 'done';
      return states.every((state) => state === 'old') ? 'not-done' : 'partial';
    },

    ...putBackConfig(c),
    ...discardKept(
      c,
      (context) => [configFolder(c, context)],
      (context) => [diffFile(c, context)],
    ),
  };

  /** Asked once more where files are changed: somebody may have patched the node since the plan. @throws StepError */
  async function refuseOther(config: SetConfig, given: Input, context: ExecuteContext): Promise<void> {
    const { node } = context;
    const release = asks(given, node)
      ? await context.perform(ASK_INSTALLED, (signal) => releaseHere(c, node, signal))
      : c.site.qlik.release;
    const refused = notTheSame(config, node, release);
    if (refused !== undefined)
      throw new StepError(refused.message, {
        changed: 'No configuration file was changed.',
        hint: refused.hint,
      });
  }

  /** Compares each file; what an earlier attempt has changed is compared as it was at first. */
  async function changesOf(
    place: Pick<SetPlace, 'root'>,
    given: Input,
    { files, names }: SetConfig,
    context: Pick<ReadContext, 'run' | 'node' | 'signal'>,
    before: ConfigBefore = { files: [] },
  ): Promise<ConfigChange[]> {
    const changes: ConfigChange[] = [];
    for (const file of files) {
      context.signal.throwIfAborted();
      if (!isWanted(file, given)) continue;
      const { target } = file;
      const wasThere = before.files.find((one) => one.target === target)?.old !== null;
      const kept = target === undefined ? undefined : await readIfThere(keptFile(c, context, target));
      const base = wasThere ? kept : null;
      const how = { mode: given.mode, names, ...(base !== undefined && { base }) };
      changes.push(await configChange(place, given.set, file, how));
    }
    return changes;
  }

  function changeOperations(
    change: ConfigChange,
    given: Input,
    place: Pick<SetPlace, 'root'>,
    context: Pick<ReadContext, 'run' | 'node'>,
  ): FileOperation[] {
    const { target, content, present } = change;
    if (target === undefined || content === undefined) return [];
    const keep = present === undefined ? [] : [keepOperation(c, context, target)];
    return [...keep, writeOperation(target, change.name, given, place, context)];
  }

  /** Of a set that is not fetched yet only the names are known. */
  function possibleOperations(
    file: ConfigFile,
    given: Input,
    place: Pick<SetPlace, 'root'>,
    context: Pick<ReadContext, 'run' | 'node'>,
  ): FileOperation[] {
    const { target } = file;
    if (target === undefined) return [];
    const name = file.path.split('/').slice(2).join('/');
    return [
      { ...keepOperation(c, context, target), repeat: true },
      { ...writeOperation(target, name, given, place, context), repeat: true },
    ];
  }

  /** @returns whether the file was changed */
  async function applyChange(
    file: ChangedFile,
    change: ConfigChange | undefined,
    given: Input,
    place: Pick<SetPlace, 'root'>,
    context: ExecuteContext,
  ): Promise<boolean> {
    const { target } = file;
    const content = change?.content;
    if (await hasHash(target, file.new)) return true;
    const operation = writeOperation(target, change?.name ?? '', given, place, context);
    if (content === undefined || !context.isPlanned(operation)) {
      context.warn(
        `${target} was left as it is: the plan does not have it.`,
        'It is not as it was when the plan was made. Make a new plan, with --only config.',
      );
      return false;
    }
    if (await wasEdited(c, context, file, content)) {
      context.warn(
        `${target} was edited since this run began: it was left as it is now.`,
        `What differs from the set is in ${diffFile(c, context)}; take over by hand what is wanted. A rollback keeps the edited file beside the old one.`,
      );
      return false;
    }
    await keepFile(c, context, file);
    await context.perform(operation, () => writeInPlace(target, content, file.old === null));
    return true;
  }
}

/** Whether Windows of the node is asked for its release. */
function asks({ mode }: Input, { discover }: Pick<ReadContext['node'], 'discover'>): boolean {
  return mode === 'same' && discover !== undefined;
}

function writeOperation(
  target: string,
  name: string,
  { set, mode }: Input,
  place: Pick<SetPlace, 'root'>,
  { node }: Pick<ReadContext, 'node'>,
): FileOperation {
  const source = inSet(place, set, `config/${node.name}/${name}`);
  return mode === 'same'
    ? { kind: 'file', verb: 'copy', source, path: target, effect: 'change' }
    : { kind: 'file', verb: 'write', path: target, effect: 'change' };
}

function changedFile({ target, content, present }: ConfigChange): ChangedFile[] {
  if (target === undefined || content === undefined) return [];
  return [{ target, old: present ?? null, new: sha256(content) }];
}

function isWanted(file: ConfigFile, { files }: Input): boolean {
  const chosen = chosenFiles(files);
  return chosen.length === 0 || chosen.some((one) => isChosen(file, one));
}
