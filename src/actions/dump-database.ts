import fs from 'node:fs/promises';
import type { ExecuteContext } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import { checkDump } from '../postgres/check-dump.ts';
import type { EvidencePart, EvidenceSession } from '../postgres/evidence-session.ts';
import { createPrivateFile } from '../postgres/globals.ts';
import type { OpenSet } from '../vault/vault.ts';
import type { ActionCollaborators } from './collaborators.ts';
import type { DumpSelection, PlannedDump } from './dump-plan.ts';
import { namingFullDisk } from './full-disk.ts';

/** What a finished dump and its evidence look like. */
export interface DumpedDatabase {
  readonly bytes: number;
  readonly evidence: EvidencePart;
}

/**
 * Dumps one database and reads its evidence beside it, both at the moment of one snapshot. `onLocked` is called when
 * pg_dump holds its locks (only with `quiesce: snapshot`). What fails first ends the other.
 */
export async function dumpDatabase(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'freeBytes' | 'temporaryFolder'>,
  work: {
    readonly given: DumpSelection;
    readonly dump: PlannedDump;
    readonly set: Pick<OpenSet, 'path' | 'pathFor'>;
    readonly onLocked: () => void;
  },
  context: ExecuteContext,
): Promise<DumpedDatabase> {
  const { given, dump, set } = work;
  const name = applicationName(context.run.id, context.run.step);
  const target = await set.pathFor(dump.file);
  const session = await context.perform(dump.begin, () => c.database.evidence(dump.real, name));
  const failed = new AbortController();

  async function write(): Promise<number> {
    const { bytes } = await namingFullDisk([set.path, c.temporaryFolder], c, async () => {
      // Made before pg_dump opens it, so that nobody else can ever read it.
      if (given.format !== 'directory') await createPrivateFile(target);
      await c.database.withEnvironment((env) => {
        failed.signal.throwIfAborted();
        return context.exec(dump.dump(session.snapshot), {
          env,
          timeoutMs: c.site.timeouts.dump,
          signal: failed.signal,
        });
      });
      return checkDump(target, given.format);
    });
    context.progress({ bytesDone: bytes, text: dump.name });
    return bytes;
  }

  async function read(writing: Promise<unknown>): Promise<EvidencePart> {
    if (dump.locks !== undefined) {
      await context.perform(dump.locks, (signal) => locksOrEnd(session, name, writing, signal));
      work.onLocked();
    }
    const request = { name: dump.name, checksums: given.checksums === true };
    const evidence = await context.perform(dump.read, () => session.read(request));
    const file = await set.pathFor(dump.evidenceFile);
    await context.perform(dump.write, () =>
      namingFullDisk([set.path], c, () => fs.writeFile(file, JSON.stringify(evidence), { mode: 0o600 })),
    );
    return evidence;
  }

  try {
    context.bind(dump.placeholder, session.snapshot);
    const writing = write();
    const both = [writing, read(writing)] as const;
    try {
      const [bytes, evidence] = await Promise.all(both);
      return { bytes, evidence };
    } catch (error) {
      failed.abort(error);
      // The connection alone would let the server go on counting.
      await c.database.cleanUp(name).catch(() => undefined);
      await Promise.allSettled(both);
      throw error;
    }
  } finally {
    await session.close();
  }
}

/** A dump that is done before its locks were seen holds them no longer, and needs them no longer. */
async function locksOrEnd(
  session: EvidenceSession,
  name: string,
  writing: Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const done = writing.then(() => over.abort());
  try {
    await Promise.race([session.awaitLocks(name, AbortSignal.any([signal, over.signal])), done]);
  } catch (error) {
    if (!over.signal.aborted) throw error;
    await done;
  }
}
