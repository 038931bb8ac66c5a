import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import { VerificationError } from '../contract/errors.ts';
import type { CommandOperation, FileOperation } from '../contract/operation.ts';
import { checkDump } from '../postgres/check-dump.ts';
import { listCommand, readDumpCommand } from '../postgres/dump.ts';
import type { ClientPrograms, DumpFormat } from '../postgres/server.ts';
import { CERTIFICATE_INDEX, readCertificateIndex } from './certificate-index.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { planDumps } from './dump-plan.ts';
import { factOf } from './failure.ts';
import { openCertificate } from './set-certificates.ts';
import { inSet, setInput } from './set-paths.ts';
import { USE_HINTS } from './used-certificates.ts';

const input = z.strictObject({
  set: setInput,
  format: z.enum(['tar', 'custom', 'directory']).default('tar'),
});

/**
 * Looks at everything in the open set before it may become valid (design rule 5.3): every dump that must be there is
 * whole and pg_restore reads it, every PKCS #12 file opens with the password.
 */
export function createVaultCheckSet(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'database' | 'secrets' | 'openPfx'>,
): Action<z.infer<typeof input>, null> {
  const certificates = (set: string): FileOperation => ({
    kind: 'file',
    verb: 'check',
    path: inSet(c.vault, set, 'certificates'),
    effect: 'read',
  });

  async function openAll(set: string, warn: ExecuteContext['warn']): Promise<number> {
    const password = await c.secrets.read(c.site.certificates.password);
    const files = await readCertificateIndex(inSet(c.vault, set, CERTIFICATE_INDEX));
    for (const entry of files) {
      try {
        const { thumbprint, file } = entry;
        await openCertificate(c, { thumbprint, shown: file, file: inSet(c.vault, set, file) }, password);
      } catch (error) {
        // The customer's own: the site is backed up without it, and somebody should know.
        if (entry.use === undefined || !(error instanceof VerificationError)) throw error;
        warn(error.message, USE_HINTS[entry.use]);
      }
    }
    return files.length;
  }

  return {
    name: 'vault.check-set',
    effect: 'read',
    input,
    onCancel: 'kill',

    async describe({ set, format }) {
      try {
        const { programs, dumps } = await planDumps(c, { set, format }, await c.database.facts());
        return {
          operations: [
            ...dumps.map(({ target }) => readOperation(programs, target, format)),
            certificates(set),
          ],
        };
      } catch (error) {
        const notes = [`The database could not be asked: ${factOf(error)}`];
        return { operations: [certificates(set)], basis: 'assumed', notes };
      }
    },

    prepare: () => Promise.resolve(null),

    async execute({ set, format }, _before, context) {
      const { programs, dumps } = await planDumps(c, { set, format }, await c.database.facts());
      for (const { target } of dumps) {
        // Our own look first: pg_restore does not see the end of a tar file that is missing.
        await checkDump(target, format);
        await context.exec(readOperation(programs, target, format), {
          timeoutMs: c.site.timeouts.dump,
          maxOutputBytes: 64 * 1024,
        });
      }
      const opened = await context.perform(certificates(set), () =>
        openAll(set, (message, hint) => {
          context.warn(message, hint);
        }),
      );
      return { dumps: dumps.length, certificates: opened };
    },

    check: () => Promise.resolve('not-done'),
  };
}

/** A tar archive is only listed: `checkDump` has read it to its end, and pg_restore may run for ever on a broken one. */
function readOperation(programs: ClientPrograms, target: string, format: DumpFormat): CommandOperation {
  const argv = format === 'tar' ? listCommand(programs, target) : readDumpCommand(programs, target, format);
  return { kind: 'command', argv, effect: 'read' };
}
