import * as z from 'zod';
import type { Action, CheckResult, ExecuteContext } from '../contract/action.ts';
import { messageOf } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import { formatCount } from '../foundation/human.ts';
import { snapshotsCommand, versionCommand } from '../vault/restic/commands.ts';
import { GONE_HINT, MissingRepositoryError } from '../vault/restic/failure.ts';
import type { ResticSource } from '../vault/restic/source.ts';
import { nameOf, placeOf } from '../vault/restic/target.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';

/** Versions before it were never tried. */
const OLDEST = [0, 14] as const;

/**
 * Whether restic is there and every repository answers with its password. What is wrong with a copy is a warning, with
 * the vault's own repository a failure. `troubles` of its outputs spares later steps to warn of the same again.
 */
export function createCheckOffsite(
  c: Pick<ActionCollaborators, 'offsite'>,
): Action<Record<string, never>, null> {
  const sources = [...(c.offsite.vault === undefined ? [] : [c.offsite.vault]), ...c.offsite.copies];
  return {
    name: 'check.offsite',
    effect: 'read',
    input: z.strictObject({}),
    onCancel: 'kill',
    describe: () =>
      Promise.resolve({
        operations: sources.flatMap(({ target }) => [versionCommand(target), snapshotsCommand(target)]),
        notes: sources.length === 0 ? ['The site file names no restic repository.'] : [],
      }),
    prepare: () => Promise.resolve(null),
    async execute(_input, _before, context) {
      const checks: CheckResult[] = [];
      const troubles: string[] = [];
      for (const source of sources) {
        const found = await checkSource(source, context);
        checks.push(...found.checks);
        if (found.trouble !== undefined) troubles.push(found.trouble);
      }
      return { checks: checks.map((check): JsonObject => ({ ...check })), troubles };
    },
    check: () => Promise.resolve('not-done'),
  };
}

/** `trouble`: what is wrong, in the words that a later step would meet it with. */
async function checkSource(
  source: ResticSource,
  context: ExecuteContext,
): Promise<{ readonly checks: CheckResult[]; readonly trouble?: string }> {
  const { target } = source;
  const id = target.kind === 'vault' ? 'vault-repository' : `copy-${target.name}`;
  const bad = target.kind === 'vault' ? 'failed' : 'warning';
  const where = `${capital(nameOf(target))} (${placeOf(target)})`;
  const repository = source.repository((operation, options) => context.exec(operation, options));
  const found: CheckResult[] = [];
  try {
    const version = await repository.version();
    if (isOld(version))
      found.push({
        id: `${id}-program`,
        status: 'warning',
        message: `${target.program} is of version ${version}; older ones than ${OLDEST.join('.')} were never tried.`,
        hint: 'Install a newer restic.',
      });
    const sets = new Set((await repository.snapshots()).map(({ set }) => set));
    const message = `${where} answers: ${formatCount(sets.size, 'set')}, restic ${version}.`;
    return { checks: [...found, { id, status: 'ok', message }] };
  } catch (error) {
    context.signal.throwIfAborted();
    const sentAt = (await source.record.read())?.sentAt;
    if (error instanceof MissingRepositoryError && sentAt === undefined)
      return {
        checks: [
          ...found,
          { id, status: 'ok', message: `${where} is not there yet; the first backup makes it.` },
        ],
      };
    const isGone = error instanceof MissingRepositoryError;
    const gone = isGone ? ' It was there before.' : '';
    const hint = isGone ? GONE_HINT : adviceOf(error);
    const later = target.kind === 'copy' ? ' Until that is put right nothing is sent there.' : '';
    const message = `${factOf(error)}${gone}${later}`;
    return {
      checks: [...found, { id, status: bad, message, ...(hint === undefined ? {} : { hint }) }],
      trouble: messageOf(error),
    };
  }
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
