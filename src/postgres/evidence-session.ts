import { setTimeout as delay } from 'node:timers/promises';
import { PreflightError } from '../contract/errors.ts';
import { beginEvidence, readEvidence, readServerEvidence } from './evidence.ts';
import type { EvidenceRequest } from './evidence.ts';
import type { DatabaseEvidence, Evidence } from './evidence-format.ts';
import { EXPORT_SNAPSHOT, LOCKS_HELD } from './evidence-queries.ts';
import { readRootAdmins } from './root-admins.ts';
import type { SqlClient } from './server.ts';

const POLL_MS = 50;

/** What one transaction tells: the database, and the server it is on. */
export interface EvidencePart extends Pick<Evidence, 'server' | 'roles'> {
  readonly database: DatabaseEvidence;
  /** Users with the role Root Admin, of a repository database that tells them. */
  readonly rootAdmins?: readonly string[];
}

/** An open transaction whose moment a dump shares. */
export interface EvidenceSession {
  /** For `pg_dump --snapshot`; good until the session is closed. */
  readonly snapshot: string;
  /**
   * Waits until a session of this application name in this database has a transaction and holds AccessShareLock on
   * every table that pg_dump writes. @throws the signal's reason when it is aborted.
   */
  awaitLocks(applicationName: string, signal: AbortSignal): Promise<void>;
  /** Reads everything at that moment. @throws DatabaseError */
  read(request: EvidenceRequest): Promise<EvidencePart>;
  close(): Promise<void>;
}

/**
 * Begins the transaction and exports its snapshot. The client belongs to the session from then on.
 * @throws PreflightError on a standby server, DatabaseError when the server refuses.
 */
export async function openEvidenceSession(client: SqlClient): Promise<EvidenceSession> {
  try {
    const [standby] = await client.query<{ is: boolean }>('select pg_catalog.pg_is_in_recovery() as is');
    if (standby?.is === true) throw standbyError();
    const takenAt = await beginEvidence(client);
    const [exported] = await client.query<{ id: string }>(EXPORT_SNAPSHOT);
    if (exported === undefined) throw new TypeError('the server gave no snapshot');
    return session(client, exported.id, takenAt);
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Whether another session of this name holds a reader's lock on every table of this database that pg_dump writes. */
export async function locksHeld(client: SqlClient, applicationName: string): Promise<boolean> {
  // Within a transaction the list of sessions is read once and then kept.
  await client.query('select pg_catalog.pg_stat_clear_snapshot()');
  const [row] = await client.query<{ held: boolean }>(LOCKS_HELD, [applicationName]);
  return row?.held === true;
}

/** A standby is read-only: the site cannot be using it. */
function standbyError(): PreflightError {
  return new PreflightError('The database server is a standby: it follows another server and is read-only.', {
    hint: 'A site writes to the primary server. Put its host and port into `database` of site.yaml.',
  });
}

function session(client: SqlClient, snapshot: string, takenAt: string): EvidenceSession {
  return {
    snapshot,
    async awaitLocks(applicationName, signal) {
      for (;;) {
        signal.throwIfAborted();
        if (await locksHeld(client, applicationName)) return;
        await delay(POLL_MS, undefined, { signal });
      }
    },
    async read(request) {
      const server = await readServerEvidence(client);
      const database = await readEvidence(client, request, takenAt);
      const rootAdmins = await readRootAdmins(client);
      return { ...server, database, ...(rootAdmins === undefined ? {} : { rootAdmins }) };
    },
    close: () => client.close(),
  };
}
