import * as z from 'zod';
import type { Action, CheckResult, ReadContext } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { formatBytes } from '../foundation/human.ts';
import type { ServerFacts } from '../postgres/server.ts';
import { ASK_SERVER } from './ask-server.ts';
import { createCheck, type Look } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { ASK_INSTALLED, askInstalled } from './installed-release.ts';

const input = z.strictObject({
  /** Folder that the installer dumps the databases into. */
  'backup-folder': z.string().min(1),
  /** Folder of the new data. */
  'data-folder': z.string().min(1),
});

type Input = z.infer<typeof input>;

/** The version that the Qlik PostgreSQL Installer makes (manual 2.6, p. 143). */
const MADE = 14;
/** Names of databases that a restore of this tool keeps. */
const KEPT = /_before_/;

/**
 * Whether the Qlik PostgreSQL Installer can take the site's database (manual 2.6, p. 144-145): it is the bundled one, of an older
 * version, no database is there twice, and there is room for its dump and for the new data, on disks of the machine.
 */
export function createCheckBundledDatabase(
  c: Pick<ActionCollaborators, 'database' | 'freeBytes'>,
): Action<Input, null> {
  const lookAt = (path: string): FileOperation => ({ kind: 'file', verb: 'check', path, effect: 'read' });
  // A run that goes on may have upgraded it already.
  const failed = (id: string, message: string, hint: string): CheckResult => ({
    ...{ id, status: 'failed', message, hint, beforehand: true },
  });

  async function room(
    folder: string,
    needed: number,
    context: ReadContext,
    look: Look,
  ): Promise<CheckResult[]> {
    const id = 'postgres-room';
    if (/^(?:\\\\|\/\/)/.test(folder))
      return [
        failed(
          id,
          `${folder} is a network path.`,
          'The Qlik PostgreSQL Installer needs a folder of that machine, best on its main drive (manual 2.6, p. 145).',
        ),
      ];
    const free = await look(lookAt(folder), () => c.freeBytes(context.node.reach(folder)));
    const message = `${formatBytes(free)} are free for ${folder}, and the databases have ${formatBytes(needed)}.`;
    return free > needed
      ? [{ id, status: 'ok', message }]
      : [failed(id, message, 'Make room, or take a folder of another disk of that machine.')];
  }

  async function bundled({ node, signal }: ReadContext, look: Look): Promise<CheckResult[]> {
    const id = 'postgres-bundled';
    if (node.discover === undefined)
      return [
        {
          ...{ id, status: 'warning' },
          message: `Whether ${node.host} has the bundled database cannot be asked.`,
          hint: 'The Qlik PostgreSQL Installer upgrades only one that came with Qlik Sense (manual 2.6, p. 145).',
        },
      ];
    const found = await look(ASK_INSTALLED, () => askInstalled(node, signal));
    const kinds = found?.databases.map(({ kind }) => kind) ?? [];
    if (kinds.includes('own'))
      return [
        failed(
          id,
          `${node.host} has a PostgreSQL that did not come with Qlik Sense.`,
          'It is upgraded by dump and restore: upgrade-postgres-standalone (manual 2.6, p. 145).',
        ),
      ];
    if (!kinds.includes('bundled'))
      return [
        failed(
          id,
          `${node.host} has no bundled database.`,
          'The Qlik PostgreSQL Installer would make a new and empty one (manual 2.6, p. 144).',
        ),
      ];
    return [{ id, status: 'ok', message: `${node.host} has the bundled database.` }];
  }

  return createCheck({
    name: 'check.bundled-database',
    input,
    whilePlanning: true,
    operations: (given, { node }) => [
      ASK_SERVER,
      ...(node.discover === undefined ? [] : [ASK_INSTALLED]),
      ...new Set([given['backup-folder'], given['data-folder']].map(lookAt)),
    ],
    async probe(given, context, look) {
      try {
        const facts = await look(ASK_SERVER, () => c.database.facts());
        const needed = facts.databases.reduce((sum, { bytes }) => sum + bytes, 0);
        const checks = [...judgeServer(facts), ...(await bundled(context, look))];
        for (const folder of new Set([given['backup-folder'], given['data-folder']]))
          checks.push(...(await room(folder, needed, context, look)));
        return { checks, observed: { version: facts.version } };
      } catch (error) {
        context.signal.throwIfAborted();
        const message = `The database could not be looked at: ${factOf(error)}`;
        return { checks: [{ id: 'postgres-bundled', status: 'failed', message, beforehand: true }] };
      }
    },
  });

  function judgeServer({ major, version, databases }: ServerFacts): CheckResult[] {
    const kept = databases.filter(({ name }) => KEPT.test(name)).map(({ name }) => name);
    return [
      major < MADE
        ? { id: 'postgres-version', status: 'ok', message: `PostgreSQL ${version} is upgraded to 14.17.` }
        : failed(
            'postgres-version',
            `PostgreSQL ${version} answers, and the Qlik PostgreSQL Installer makes 14.17.`,
            'Nothing is to be upgraded with it.',
          ),
      ...(kept.length === 0
        ? []
        : [
            failed(
              'postgres-kept',
              `Databases that a restore kept are still there: ${kept.join(', ')}.`,
              'The installer would dump them, too. Remove them: sense-runbook cleanup RUN, with the run that their names end with.',
            ),
          ]),
    ];
  }
}
