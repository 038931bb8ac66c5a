import path from 'node:path';
import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { CommandError, StepError } from '../contract/errors.ts';
import type { CommandOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { ASK_INSTALLED, askInstalled } from './installed-release.ts';
import { findPackages } from './package-cache.ts';
import { releaseMonth } from './releases.ts';

type Collaborators = Pick<ActionCollaborators, 'site' | 'temporaryFolder'>;

const cache = z.string().min(1).default('C:\\ProgramData\\Package Cache');

/** Packages of the bundled database: of 9.6 and of 12.5 (manual 2.6, p. 147). */
const OLD_PACKAGES = ['PostgreSQL.msi', 'PostgreSQL125.msi'];
/** From this release on the binaries are those of 14 (manual 2.6, p. 148). */
const BINARIES_14_SINCE = 2023 * 12 + 7;

/** Of Windows Installer: this is only done for products that are installed. */
const NOT_INSTALLED = 1605;
/** Done, and a restart is needed or was begun. */
const RESTART = [3010, 1641];

/**
 * Uninstalls the package of the bundled database once it is replaced: left there, later upgrades and patches fail (manual 2.6,
 * p. 146-147). One that is not installed is passed over.
 */
export function createDatabasePackageRemove(c: Collaborators): Action<{ cache: string }, null> {
  const operationsFor = async (
    given: { cache: string },
    context: ReadContext,
  ): Promise<CommandOperation[]> => {
    const files = [];
    for (const name of OLD_PACKAGES) files.push(...(await findPackages(context.node, given.cache, name)));
    return files.map((file, index) => msiexec(c, context, '/x', file, index, 'destroy'));
  };
  return {
    name: 'package.remove',
    effect: 'destroy',
    input: z.strictObject({ cache }),
    onCancel: 'wait',
    orphansFinish: true,
    byHand: false,
    describe: (given, context) =>
      telling(context, async () => {
        const operations = await operationsFor(given, context);
        return {
          operations,
          notes:
            operations.length === 0
              ? [`There is no ${OLD_PACKAGES.join(' and no ')} in ${given.cache}: nothing is uninstalled.`]
              : [],
        };
      }),
    prepare: () => Promise.resolve(null),
    async execute(given, _before, context) {
      const removed: string[] = [];
      for (const operation of await operationsFor(given, context))
        if ((await run(operation, context, [NOT_INSTALLED])) !== NOT_INSTALLED)
          removed.push(operation.argv[2] ?? '');
      return { removed };
    },
    // What is gone is passed over.
    check: () => Promise.resolve('not-done'),
  };
}

/**
 * Installs the programs of the bundled database again, without a database, which scripts of the services need (manual 2.6,
 * p. 147-148). An upgrade that follows at once brings them.
 */
export function createDatabasePackageReinstall(
  c: Collaborators,
): Action<{ cache: string; 'install-folder': string }, null> {
  async function operationFor(given: { cache: string; 'install-folder': string }, context: ReadContext) {
    const found = await askInstalled(context.node, context.signal);
    const release = found?.release ?? c.site.qlik.release;
    const month = release === undefined ? undefined : releaseMonth(release);
    if (release === undefined || month === undefined)
      throw new StepError(
        `Which release ${context.node.host} has is not known, and so not which package it needs`,
        {
          hint: 'Set qlik.release in site.yaml.',
        },
      );
    const name = month >= BINARIES_14_SINCE ? 'PostgreSQL14.msi' : 'PostgreSQL125.msi';
    const [file] = await findPackages(context.node, given.cache, name);
    if (file === undefined)
      throw new StepError(
        `There is no ${name} in ${given.cache} of ${context.node.host}, which ${release} needs`,
        {
          hint: 'Upgrade Qlik Sense now, which brings the binaries (manual 2.6, p. 148), or repair the installation.',
        },
      );
    const folder =
      given['install-folder'] ||
      found?.installFolder ||
      c.site.qlik.installFolder ||
      'C:\\Program Files\\Qlik\\Sense';
    return msiexec(c, context, '/i', file, 0, 'change', ['SKIPINSTALLDBSERVICE=1', `INSTALLDIR=${folder}`]);
  }
  return {
    name: 'package.reinstall',
    effect: 'change',
    input: z.strictObject({ cache, 'install-folder': z.string().default('') }),
    onCancel: 'wait',
    orphansFinish: true,
    byHand: false,
    describe: (given, context) =>
      telling(context, async () => ({
        operations: [
          ...(context.node.discover === undefined ? [] : [ASK_INSTALLED]),
          await operationFor(given, context),
        ],
      })),
    prepare: () => Promise.resolve(null),
    async execute(given, _before, context) {
      const look = () => operationFor(given, context);
      const operation =
        context.node.discover === undefined ? await look() : await context.perform(ASK_INSTALLED, look);
      await run(operation, context, []);
      return { installed: operation.argv[2] ?? '' };
    },
    // Installed once more it is the same.
    check: () => Promise.resolve('not-done'),
  };
}

/** Silently, where the manual has /qb: nobody sits before the window of that. */
function msiexec(
  c: Collaborators,
  { run: { id, step }, node }: ReadContext,
  what: '/i' | '/x',
  file: string,
  index: number,
  effect: 'change' | 'destroy',
  properties: readonly string[] = [],
): CommandOperation {
  const name = `sense-runbook-${id}-${step}-${node.name}-${String(index)}.log`;
  const isHere = node.transport === 'local' || node.transport === 'simulated';
  const log = isHere ? path.join(c.temporaryFolder, name) : path.win32.join('C:\\Windows\\Temp', name);
  return {
    kind: 'command',
    argv: ['msiexec.exe', what, file, '/qn', '/norestart', '/l*v', log, ...properties],
    effect,
  };
}

async function telling<T>(context: ReadContext, describe: () => Promise<T>) {
  if (context.node.transport === 'sc')
    return notPlanned(`${context.node.name} is reached by sc.exe alone: no program can be run there.`);
  try {
    return await describe();
  } catch (error) {
    return notPlanned(factOf(error));
  }
}

/** Its exit code. @throws StepError */
async function run(
  operation: CommandOperation,
  context: ExecuteContext,
  alsoGood: readonly number[],
): Promise<number> {
  try {
    await context.exec(operation, { timeoutMs: 24 * 60 * 60_000 });
    return 0;
  } catch (error) {
    if (!(error instanceof CommandError) || error.code === undefined) throw error;
    const { code } = error;
    if (RESTART.includes(code)) {
      context.warn(
        `Windows Installer says that ${context.node.host} needs a restart (${String(code)}).`,
        'Restart it when it suits: setup and patches refuse to run before (manual 8.11, p. 308).',
      );
      return code;
    }
    if (alsoGood.includes(code)) return code;
    const log = operation.argv[operation.argv.indexOf('/l*v') + 1] ?? '';
    throw new StepError(
      `${context.node.host}: Windows Installer ended with ${String(code)} for ${operation.argv[2] ?? ''}`,
      { hint: `Its log: ${log}. Look in it for "value 3", above which the failure stands; then resume.` },
    );
  }
}
