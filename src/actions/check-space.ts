import * as z from 'zod';
import type { Action, CheckResult, ReadContext } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { formatBytes } from '../foundation/human.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { siteDatabases } from './database-names.ts';
import { factOf } from './failure.ts';
import { neededRoom } from './needed-room.ts';

const input = z.strictObject({ format: z.enum(['tar', 'custom', 'directory']).default('tar') });

/**
 * Whether vault and temporary folder have room: against what the last set added, else against the size of databases
 * and folders. pg_dump writes each table into the temporary folder first when the format is tar.
 */
export function createCheckSpace(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'database' | 'freeBytes' | 'temporaryFolder'>,
): Action<z.infer<typeof input>, null> {
  const vault: FileOperation = { kind: 'file', verb: 'check', path: c.vault.root, effect: 'read' };
  const temporary: FileOperation = {
    kind: 'file',
    verb: 'check',
    path: c.temporaryFolder,
    effect: 'read',
  };

  async function judgeVault(
    databases: number,
    context: Pick<ReadContext, 'nodes' | 'signal'>,
  ): Promise<CheckResult> {
    const { bytes: needed, against } = await neededRoom(c, databases, context);
    const minimum = c.site.vault.minimumFree ?? 0;
    const free = await c.freeBytes(c.vault.root);
    const id = 'space-vault';
    const facts = `${formatBytes(free)} free in the vault, about ${formatBytes(needed)} needed (${against})`;
    if (free >= needed + minimum) return { id, status: 'ok', message: `${facts}.` };
    const kept = minimum === 0 ? '' : `, and ${formatBytes(minimum)} must stay free`;
    const hint =
      'Make room (move or delete folders of backup sets you no longer need), or move the vault: vault.folder in site.yaml.';
    return { id, status: 'failed', message: `${facts}${kept}.`, hint };
  }

  async function judgeTemporary(sizes: readonly number[]): Promise<CheckResult> {
    const free = await c.freeBytes(c.temporaryFolder);
    const largest = Math.max(0, ...sizes);
    const all = sizes.reduce((sum, size) => sum + size, 0);
    const id = 'space-temporary';
    const facts = `${formatBytes(free)} free in ${c.temporaryFolder}`;
    const hint =
      'Point TEMP (TMPDIR on Linux) to a larger disk, or use format=custom, which needs no temporary space.';
    if (free < largest) {
      const message = `${facts}; a dump in tar format may need ${formatBytes(largest)} there.`;
      return { id, status: 'failed', message, hint };
    }
    if (free < all) {
      const message = `${facts}; the dumps side by side may need up to ${formatBytes(all)}.`;
      return { id, status: 'warning', message, hint };
    }
    return { id, status: 'ok', message: `${facts}.` };
  }

  return createCheck({
    name: 'check.space',
    input,
    whilePlanning: false,
    operations: ({ format }) => (format === 'tar' ? [vault, temporary] : [vault]),
    async probe({ format }, context, look) {
      try {
        const facts = await c.database.facts();
        const sizes = siteDatabases(c.site.database.names, facts, c.site.qlik.release).map(
          ({ found }) => found?.bytes ?? 0,
        );
        const all = sizes.reduce((sum, size) => sum + size, 0);
        const checks = [await look(vault, () => judgeVault(all, context))];
        if (format === 'tar') checks.push(await look(temporary, () => judgeTemporary(sizes)));
        return { checks };
      } catch (error) {
        context.signal.throwIfAborted();
        const message = `The free space cannot be judged: ${factOf(error)}`;
        return { checks: [{ id: 'space-vault', status: 'failed', message }] };
      }
    },
  });
}
