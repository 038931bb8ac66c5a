import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { ConfigSettings } from '../installers/config-file.ts';
import { qpiConfig, qpiProblems } from '../installers/qpi-config.ts';
import { spcConfig, spcProblems } from '../installers/spc-config.ts';
import { makeFolder } from '../vault/make-folder.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { notPlanned } from './failure.ts';
import {
  configFile,
  configFolder,
  isElsewhere,
  makePrivate,
  removalOfConfig,
  removeConfig,
} from './installer-config-place.ts';

const input = z.strictObject({
  /** For which installer: `spc.cfg` of Qlik_Sense_setup.exe, `QpiConfig.cfg` of Qlik_PostgreSQL_setup.exe. */
  mode: z.enum(['install', 'postgres-install', 'postgres-upgrade']),
  /** Settings by their names in the manual; empty ones are not given. */
  settings: z.record(z.string(), z.union([z.string(), z.boolean(), z.int()])).default({}),
  /** Settings whose value is a kept secret: the name of the secret (`secret set NAME`); empty: not given. */
  secrets: z.record(z.string(), z.string()).default({}),
});

type Input = z.infer<typeof input>;
type Collaborators = Pick<ActionCollaborators, 'site' | 'secrets' | 'stateFolder' | 'templates'>;

/** Stands for a password while settings are only looked at. */
const SHOWN = '***';

/**
 * Writes the configuration file of an installer on the node, for its eyes alone (manual 4.1, p. 180; 2.6, p. 151): passwords
 * come from kept secrets and stand nowhere else. `resume` writes it anew; `installer.remove-config` removes it.
 */
export function createInstallerWriteConfig(c: Collaborators): Action<Input, null> {
  function operationsFor(given: Input, context: Pick<ReadContext, 'run' | 'node'>) {
    const folder = configFolder(c, context);
    const change = { kind: 'file', effect: 'change' } as const;
    const make: FileOperation = { ...change, verb: 'make-folder', path: folder };
    const write: FileOperation = { ...change, verb: 'write', path: configFile(c, given.mode, context) };
    return { make, write, close: isElsewhere(context.node) ? [makePrivate(folder)] : [] };
  }

  async function textOf(given: Input, settings: ConfigSettings): Promise<string> {
    const template = await fs.readFile(path.join(c.templates, nameOf(given)), 'utf8');
    return given.mode === 'install'
      ? spcConfig(template, settings, c.site.nodes.length)
      : qpiConfig(template, settings, given.mode);
  }

  function problemsOf(given: Input, settings: ConfigSettings): string[] {
    return given.mode === 'install'
      ? spcProblems(settings, c.site.nodes.length)
      : qpiProblems(settings, given.mode);
  }

  return {
    name: 'installer.write-config',
    effect: 'change',
    input,
    onCancel: 'wait',
    lasting: false,

    describe(given, context) {
      if (context.node.transport === 'sc')
        return Promise.resolve(
          notPlanned(`${context.node.name} is reached by sc.exe alone: no program can be run there.`),
        );
      const settings = { ...plain(given), ...shownSecrets(given) };
      const problems = [...openPasswords(given), ...problemsOf(given, settings)];
      if (problems.length > 0)
        return Promise.resolve(notPlanned(`${nameOf(given)} cannot be written: ${problems.join('; ')}`));
      const { make, close, write } = operationsFor(given, context);
      return Promise.resolve({
        operations: [removalOfConfig(c, context), make, ...close, write],
        outputs: { file: write.path },
        notes: [
          `${nameOf(given)}: ${Object.entries(settings)
            .filter(([, value]) => value !== '')
            .map(([name, value]) => `${name} ${value}`)
            .join(', ')}`,
          ...Object.entries(given.secrets)
            .filter(([, secret]) => secret !== '')
            .map(([name, secret]) => `${name} is the secret ${secret} (secret set).`),
        ],
      });
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const { make, close, write } = operationsFor(given, context);
      const text = await textOf(given, { ...plain(given), ...(await readSecrets(c, given)) });
      const reach = (place: string): string => context.node.reach(place);
      await context.perform(removalOfConfig(c, context), () => removeConfig(c, context));
      await context.perform(make, () => makeAnew(reach(make.path)));
      for (const operation of close) await context.exec(operation);
      await context.perform(write, () =>
        fs.writeFile(reach(write.path), text, { mode: 0o600, flag: 'wx', flush: true }),
      );
      return { file: write.path };
    },

    // Writing it anew is harmless.
    check: () => Promise.resolve('not-done'),

    describeUndo: (_given, _before, _outputs, context) =>
      Promise.resolve({ operations: [removalOfConfig(c, context)] }),
    undo: (_given, _before, _outputs, context) => performRemoval(c, context).then(() => undefined),

    async cleanUp(given, _before, context) {
      const removed = await removeConfig(c, context);
      return removed ? [`removed ${nameOf(given)} with its passwords from ${context.node.name}`] : [];
    },
  };
}

/** Removes what `installer.write-config` wrote on the node in this run: for an always-step. */
export function createInstallerRemoveConfig(
  c: Pick<ActionCollaborators, 'stateFolder'>,
): Action<Record<string, never>, null> {
  return {
    name: 'installer.remove-config',
    effect: 'change',
    input: z.strictObject({}),
    onCancel: 'wait',
    describe: (_given, context) => Promise.resolve({ operations: [removalOfConfig(c, context)] }),
    prepare: () => Promise.resolve(null),
    execute: async (_given, _before, context) => ({ removed: await performRemoval(c, context) }),
    check: () => Promise.resolve('not-done'),
  };
}

/** The folder itself must be new: in one that was there somebody else might read. */
async function makeAnew(folder: string): Promise<void> {
  await makeFolder(path.dirname(folder));
  await fs.mkdir(folder, { mode: 0o700 });
}

function performRemoval(
  c: Pick<ActionCollaborators, 'stateFolder'>,
  context: ExecuteContext,
): Promise<boolean> {
  return context.perform(removalOfConfig(c, context), () => removeConfig(c, context));
}

function nameOf({ mode }: Pick<Input, 'mode'>): string {
  return mode === 'install' ? 'spc.cfg' : 'QpiConfig.cfg';
}

function plain({ settings }: Input): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}

/** Settings are in plan and journal. */
function openPasswords({ settings }: Input): string[] {
  return Object.entries(settings)
    .filter(([name, value]) => /password$/i.test(name) && value !== '')
    .map(([name]) => `${name} must be the name of a kept secret, not a setting`);
}

function shownSecrets({ secrets }: Input): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, secret]) => [name, secret === '' ? '' : SHOWN]),
  );
}

async function readSecrets(c: Collaborators, { secrets }: Input): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, secret] of Object.entries(secrets))
    if (secret !== '') values[name] = await c.secrets.read({ secret });
  return values;
}
