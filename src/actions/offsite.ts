import path from 'node:path';
import type { ExecuteContext } from '../contract/action.ts';
import { ExpectedError, messageOf, VerificationError } from '../contract/errors.ts';
import type { FileOperation, Operation } from '../contract/operation.ts';
import type { Clock } from '../foundation/clock.ts';
import {
  backupCommand,
  dumpCommand,
  forgetOlderCommand,
  initCommand,
  snapshotsCommand,
  unlockCommand,
  type PlannedSet,
} from '../vault/restic/commands.ts';
import { sweepFetched } from '../vault/restic/fetch.ts';
import {
  EARLIER,
  prepareRepository,
  rememberFirst,
  sendSet,
  type SendCollaborators,
} from '../vault/restic/send.ts';
import type { ResticSource } from '../vault/restic/source.ts';
import { missingSets } from '../vault/restic/standing.ts';
import type { FolderManifest, SetSummary, Vault } from '../vault/vault.ts';

/** The repositories of a site. */
export interface Offsite {
  /** Where the sets are that can be sent: folders of this machine. */
  readonly local: Pick<Vault, 'root' | 'list' | 'read'>;
  /** The vault's own, with kind: restic. */
  readonly vault?: ResticSource;
  readonly copies: readonly ResticSource[];
  /** Sets in `local` that may go, since the vault's repository has them. */
  superfluous(): Promise<string[]>;
  removeLocal(set: string): Promise<void>;
}

/** A site without a repository. */
export function noOffsite(local: Offsite['local']): Offsite {
  return {
    local,
    copies: [],
    superfluous: () => Promise.resolve([]),
    removeLocal: () => Promise.resolve(),
  };
}

/** What was sent to one repository. */
export interface SentTo {
  readonly name: string;
  readonly sets: number;
  readonly bytesAdded: number;
}

/** Everything that sending `set` to one repository may do. */
export function sendOperations(
  { target, record, place }: ResticSource,
  root: string,
  set: string,
): Operation[] {
  const earlier = plannedSet(root, EARLIER);
  const own = plannedSet(root, set);
  return [
    sweepOperation(place.folder),
    snapshotsCommand(target),
    initCommand(target),
    ...[earlier, own].flatMap((planned) => [
      backupCommand(target, planned),
      dumpCommand(target, planned.set, '/manifest.json'),
      forgetOlderCommand(target, planned.set),
    ]),
    unlockCommand(target),
    recordOperation(record.file),
  ];
}

/**
 * Sends `set`, and before it what an earlier run could not send. One of those that is damaged here is left out with a
 * warning. What went wrong is kept in the record, so that `status` tells it.
 */
export async function sendTo(
  source: ResticSource,
  c: { readonly offsite: Offsite; readonly clock: Clock },
  set: string,
  context: ExecuteContext,
): Promise<SentTo> {
  const { target, record, place } = source;
  const { local } = c.offsite;
  const repository = source.repository((operation, options) => context.exec(operation, options));
  const kept = recordOperation(record.file);
  const collaborators: SendCollaborators = {
    repository,
    clock: c.clock,
    record: { ...record, write: (content) => context.perform(kept, () => record.write(content)) },
  };
  try {
    await context.perform(sweepOperation(place.folder), () => sweepFetched(place));
    const { sequence: own } = await local.read(set);
    await rememberFirst(collaborators.record, own);
    const known = await prepareRepository(collaborators);
    const earlier = missingSets(known, await local.list()).filter(({ sequence = 0 }) => sequence < own);
    let sent = 0;
    let bytesAdded = 0;
    for (const missed of inOrder(earlier)) {
      context.progress({ text: `${target.name}: set ${missed.id}` });
      try {
        bytesAdded += (await send(collaborators, local, missed.id, EARLIER)).bytesAdded;
        sent += 1;
      } catch (error) {
        if (!(error instanceof VerificationError)) throw error;
        context.warn(`${missed.id} was not sent: ${messageOf(error)}`, error.hint);
      }
    }
    context.progress({ text: `${target.name}: set ${set}` });
    const result = await send(collaborators, local, set, set);
    if (result.sent) sent += 1;
    return { name: target.name, sets: sent, bytesAdded: bytesAdded + result.bytesAdded };
  } catch (error) {
    if (!context.signal.aborted) await keepFailure(collaborators, error);
    throw error;
  }
}

async function send(
  c: SendCollaborators,
  local: Offsite['local'],
  id: string,
  named: string,
): ReturnType<typeof sendSet> {
  const planned = plannedSet(local.root, named);
  return sendSet(c, {
    path: path.join(local.root, id),
    manifest: (await local.read(id)) as FolderManifest,
    planned: named === id ? planned : { ...planned, fill: { [named]: id } },
  });
}

async function keepFailure({ record, clock }: SendCollaborators, error: unknown): Promise<void> {
  if (!(error instanceof ExpectedError)) return;
  const before = (await record.read()) ?? { schemaVersion: 1, sets: [] };
  const failed = { at: clock.now().toISOString(), message: messageOf(error) };
  await record.write({ ...before, failed });
}

function plannedSet(root: string, set: string): PlannedSet {
  return { set, folder: path.join(root, set) };
}

function inOrder(sets: readonly SetSummary[]): SetSummary[] {
  return [...sets].sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
}

function recordOperation(file: string): FileOperation {
  return { kind: 'file', verb: 'write', path: file, effect: 'change', repeat: true };
}

function sweepOperation(folder: string): FileOperation {
  const what = path.join(folder, '<what an earlier run left>');
  return { kind: 'file', verb: 'remove', path: what, effect: 'change', repeat: true };
}
