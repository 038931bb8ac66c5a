import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeOwners } from '../../../src/actions/missing-owners.ts';
import { GLOBALS_FILE } from '../../../src/actions/postgres-globals.ts';
import { readSetDatabases } from '../../../src/actions/set-databases.ts';
import { ExpectedError } from '../../../src/contract/errors.ts';
import type { Operation } from '../../../src/contract/operation.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';
import type { Manifest } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { manifest } from './check-restore-lab.ts';
import { fakeDatabase } from './fakes.ts';
import { contextFor, fakeNode } from './harness.ts';

const GLOBALS = [
  'CREATE ROLE postgres;',
  'ALTER ROLE postgres WITH SUPERUSER LOGIN;',
  'CREATE ROLE dba;',
  'ALTER ROLE dba WITH SUPERUSER LOGIN;',
  'CREATE ROLE reader;',
  'ALTER ROLE reader WITH NOSUPERUSER LOGIN;',
  '--',
  '-- PostgreSQL database cluster dump complete',
  '--',
  '',
].join('\n');

/** Judges a set whose server had these roles. */
async function judge({
  there = ['postgres'],
  globals = GLOBALS,
  owner = 'o',
  inDumps = {},
  fetched = true,
}: {
  readonly there?: readonly string[];
  readonly globals?: string;
  readonly owner?: string;
  readonly inDumps?: Readonly<Record<string, readonly string[] | Error>>;
  readonly fetched?: boolean;
}) {
  const root = temporaryFolder();
  await fs.mkdir(path.join(root, 'SET', 'databases'), { recursive: true });
  await fs.writeFile(path.join(root, 'SET', GLOBALS_FILE), globals);
  const databases = manifest.databases.map((one, index) => (index === 0 ? { ...one, owner } : one));
  const place = {
    root,
    read: () => Promise.resolve({ ...manifest, databases } as unknown as Manifest),
    ...(fetched ? {} : { source: {} as never }),
  };
  const client = {
    query: () => Promise.resolve(there.map((name) => ({ name }))),
    close: () => Promise.resolve(),
  } as unknown as SqlClient;
  const looks: Operation[] = [];
  const context = contextFor(fakeNode());
  const checks = await judgeOwners(
    {
      database: {
        ...fakeDatabase(),
        connect: () => Promise.resolve(client),
        dumpedOwners({ target }, _major, roles) {
          const found = inDumps[path.basename(target, '_backup.tar')] ?? [];
          if (found instanceof Error) return Promise.reject(found);
          return Promise.resolve(roles.filter((role) => found.includes(role)));
        },
      },
    },
    place,
    { id: 'SET', ...(await readSetDatabases(place, 'SET')) },
    context,
    (operation, work) => {
      looks.push(operation);
      return work(context.signal);
    },
  );
  return { checks, looks: looks.map(({ kind }) => kind) };
}

describe('superusers that own something of a set', () => {
  it('and are missing here are named, with what they own and how they are made', async () => {
    const { checks, looks } = await judge({ inDumps: { QSR: ['dba'], Licenses: ['dba', 'reader'] } });
    expect(looks).toEqual(['sql', 'command', 'command']);
    expect(checks).toEqual([
      {
        id: 'restore-owners',
        status: 'failed',
        message:
          'The superuser dba of the old server owns what is in QSR, Licenses and is missing on this server: that does not restore without it.',
        hint: 'A restore makes no superusers. Make it on the server, then go on: CREATE ROLE "dba" SUPERUSER;',
      },
    ]);
  });

  it('may own a database alone', async () => {
    const { checks } = await judge({ owner: 'dba' });
    expect(checks).toMatchObject([{ status: 'failed' }]);
    expect(checks[0]?.message).toContain('owns what is in QSR and');
  });

  it('are no matter where they own nothing, or are here; no dump is read then in vain', async () => {
    expect(await judge({})).toEqual({ checks: [], looks: ['sql', 'command', 'command'] });
    expect(await judge({ there: ['postgres', 'dba'] })).toEqual({ checks: [], looks: ['sql'] });
    const plain = GLOBALS.replaceAll(/.*dba.*\n/g, '');
    expect(await judge({ globals: plain })).toEqual({ checks: [], looks: [] });
  });

  it('are looked for later in a set that is to be fetched', async () => {
    expect(await judge({ fetched: false, owner: 'dba' })).toEqual({ checks: [], looks: [] });
  });

  it('are a warning where a dump cannot be listed', async () => {
    const { checks } = await judge({ inDumps: { QSR: new ExpectedError('pg_restore is off') } });
    expect(checks).toMatchObject([{ status: 'warning' }]);
    expect(checks[0]?.message).toContain('pg_restore is off');
  });
});
