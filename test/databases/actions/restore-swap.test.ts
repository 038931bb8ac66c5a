import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import fs from 'node:fs/promises';
import path from 'node:path';
import { createRestoreCreateRoles } from '../../../src/actions/restore-create-roles.ts';
import { createRestoreDocumented } from '../../../src/actions/restore-documented.ts';
import { createRestoreLoad } from '../../../src/actions/restore-load.ts';
import { createRestoreSwap } from '../../../src/actions/restore-swap.ts';
import { CommandError, InterruptedError } from '../../../src/contract/errors.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';
import { usePostgres } from '../../helpers/postgres.ts';
import { contextFor, fakeNode, goBack, runAction } from '../../unit/actions/harness.ts';
import type { OpenSet } from '../../../src/vault/vault.ts';
import { plantSource, restoreLab } from '../../integration/actions/restore-lab.ts';

type Lab = Awaited<ReturnType<typeof restoreLab>>;

const NAMES = ['QSR', 'SenseServices'];
const OLD = ['QSR', 'senseservices'];
const BESIDE = ['QSR', 'QSR_restore_RUN', 'senseservices', 'senseservices_restore_RUN'];
const SWAPPED = ['QSR', 'QSR_before_RUN', 'senseservices', 'senseservices_before_RUN'];

/** A kill of the tool: everything it has open ends there. */
class Killed extends Error {}

/** One server that is both: its databases are dumped, and then are the old ones, one under a name in another case. */
describe('restoring beside and swapping', () => {
  const postgres = usePostgres({ settings: { max_prepared_transactions: 4 } });
  let lab: Lab;
  /** Sets that are not as they should be; made before the old databases get other names. */
  const bad = { wrongDump: '', withoutEvidence: '', oldArchive: '' };
  const load = () => createRestoreLoad(lab.c);
  const swap = () => createRestoreSwap(lab.c);
  const run = { set: '' };

  beforeAll(async () => {
    await plantSource(postgres());
    lab = await restoreLab(postgres(), postgres(), NAMES);
    run.set = await lab.makeSet({ format: 'custom' });
    bad.wrongDump = await lab.makeSet({ dumpOf: { SenseServices: 'postgres' } });
    bad.withoutEvidence = await lab.makeSet({ withoutEvidence: true });
    // Only of a schema public that was changed there is an entry.
    await postgres().sql('QSR', 'ALTER SCHEMA public OWNER TO qliksenserepository');
    bad.oldArchive = await lab.makeSet({ format: 'custom', clients: '9.6.24', files: asOldArchive });
  }, 120_000);

  beforeEach(async () => {
    for (const name of await lab.databases())
      await postgres().sql('postgres', `DROP DATABASE "${name}" WITH (FORCE)`);
    await postgres().sql('postgres', 'CREATE DATABASE "QSR"', 'CREATE DATABASE senseservices');
    await postgres().sql('QSR', `CREATE TABLE moment (what text)`, `INSERT INTO moment VALUES ('before')`);
  });

  const isOld = async (db: string): Promise<boolean> =>
    (await lab.value(db, `select to_regclass('public.moment') is not null as value`)) === true;
  const oidOf = (name: string) =>
    lab.value('postgres', `select oid::int as value from pg_database where datname = '${name}'`);
  const allowed = (name: string) =>
    lab.value('postgres', `select datallowconn as value from pg_database where datname = '${name}'`);

  it('keeps the old ones until they are removed, and gives them back whole', async () => {
    const oid = await oidOf('QSR');
    const loaded = await runAction(load(), run, { exec: lab.exec });
    expect(await lab.databases()).toEqual(BESIDE);
    expect(await isOld('QSR')).toBe(true);
    const swapped = await runAction(swap(), run);
    expect(await lab.databases()).toEqual(SWAPPED);
    expect(await isOld('QSR')).toBe(false);
    expect([await allowed('QSR'), await allowed('QSR_before_RUN')]).toEqual([true, false]);
    expect(await swap().check(run as never, swapped.before as never, contextFor(fakeNode()))).toBe('done');
    // A second time, as after a kill between the commit and the record of it: prepared anew, and nothing to do.
    const again = await runAction(swap(), run);
    expect(again.before).toEqual(swapped.before);
    expect(again.performed).toEqual([]);
    expect((await runAction(load(), run, { exec: lab.exec })).performed).toEqual([]);

    await goBack(swap(), 'undo', run, again.before);
    expect(await lab.databases()).toEqual(BESIDE);
    expect([await isOld('QSR'), await oidOf('QSR'), await allowed('QSR')]).toEqual([true, oid, true]);
    expect((await goBack(swap(), 'undo', run, again.before)).performed).toEqual([]);
    await goBack(load(), 'undo', run, loaded.before);
    await goBack(load(), 'undo', run, loaded.before);
    expect(await lab.databases()).toEqual(OLD);
  });

  it('removes the old ones for good when that is wanted, and tells their size before', async () => {
    await runAction(load(), run, { exec: lab.exec });
    const { before } = await runAction(swap(), run);
    const removed = await goBack(swap(), 'discard', run, before);
    expect(removed.plan.estimate?.bytes).toBeGreaterThan(1_000_000);
    expect(removed.performed.map((operation) => operation.effect)).toEqual(['destroy', 'destroy']);
    expect(await lab.databases()).toEqual(OLD);
    expect((await goBack(swap(), 'discard', run, before)).performed).toEqual([]);
    await expect(goBack(swap(), 'undo', run, before)).rejects.toThrow(
      /old database of QSR is not there any more/,
    );
    expect(await lab.databases()).toEqual(OLD);
  });

  it('a rollback whose old database is gone is refused before anything is stopped', async () => {
    const foresee = async (before: JsonValue, newer: readonly JsonValue[] = []) => {
      const ahead = { begun: false, newer: newer as never };
      const context = contextFor(fakeNode());
      const found = await swap().foreseeUndo?.(run as never, before as never, undefined, context, ahead);
      return found?.map(({ message }) => message);
    };
    await runAction(load(), run, { exec: lab.exec });
    const { before } = await runAction(swap(), run);
    expect(await foresee(before)).toEqual([]);
    await postgres().sql('postgres', 'DROP DATABASE "senseservices_before_RUN"');
    const gone = 'The old database of senseservices is not there any more.';
    expect(await foresee(before)).toEqual([gone]);
    await postgres().sql('postgres', 'DROP DATABASE "QSR_before_RUN"');
    expect(await foresee(before)).toEqual(['The old database of QSR is not there any more.', gone]);
    await expect(goBack(swap(), 'undo', run, before)).rejects.toThrow('database of QSR is not there');
    expect(await lab.databases()).toEqual(OLD);
  });

  it('foresees nothing once it is put back, wherever the old database is', async () => {
    await runAction(load(), run, { exec: lab.exec });
    const { before } = await runAction(swap(), run);
    await goBack(swap(), 'undo', run, before);
    const ahead = { begun: true, newer: [] };
    const context = contextFor(fakeNode());
    expect(await swap().foreseeUndo?.(run as never, before as never, undefined, context, ahead)).toEqual([]);
  });

  it('restores one database alone, and one that was not there before', async () => {
    await postgres().sql('postgres', 'DROP DATABASE senseservices');
    const one = { ...run, databases: ['senseservices'] };
    await runAction(load(), one, { exec: lab.exec });
    const { before } = await runAction(swap(), one);
    expect(await lab.databases()).toEqual(['QSR', 'SenseServices']);
    await goBack(swap(), 'undo', one, before);
    expect(await lab.databases()).toEqual(['QSR', 'SenseServices_restore_RUN']);
  });

  it('ends and names programs that are connected, also one that comes again at once', async () => {
    const { cluster, connect } = postgres();
    await runAction(load(), run, { exec: lab.exec });
    let open = true;
    let connections = 0;
    const foreign = (async () => {
      while (open) {
        let client: SqlClient | undefined;
        try {
          client = await connect('QSR', { applicationName: 'a report that insists' });
          connections += 1;
          for (;;) {
            await client.query('select pg_sleep(0.01)');
            if (!open) break;
          }
        } catch {
          // Ended: it connects again.
        } finally {
          await client?.close();
        }
      }
    })();
    try {
      while (connections === 0) await new Promise((resolve) => setImmediate(resolve));
      const { warnings } = await runAction(swap(), run);
      expect(warnings).toContainEqual(
        expect.stringMatching(
          `a report that insists \\(user ${cluster.address.user}, from 127\\.0\\.0\\.1\\) in "QSR"`,
        ),
      );
      expect(await lab.databases()).toEqual(SWAPPED);
    } finally {
      open = false;
      await foreign;
    }
  });

  it('changes nothing when a database cannot be freed, and names what holds it', async () => {
    await postgres().sql('QSR', 'BEGIN', 'CREATE TABLE held (id int)', `PREPARE TRANSACTION 'a queue'`);
    await runAction(load(), run, { exec: lab.exec });
    try {
      await expect(runAction(swap(), run)).rejects.toThrow(/prepared transaction 'a queue' in "QSR"/);
      expect(await lab.databases()).toEqual(BESIDE);
      expect([await isOld('QSR'), await allowed('QSR'), await allowed('senseservices')]).toEqual([
        true,
        true,
        true,
      ]);
    } finally {
      await postgres().sql('QSR', `ROLLBACK PREPARED 'a queue'`);
    }
  });

  it('is all or nothing wherever it is killed, and can be gone on from and undone from there', async () => {
    const loaded = await runAction(load(), run, { exec: lab.exec });
    const { operations } = await swap().describe(swap().input.parse(run), contextFor(fakeNode()));
    const outcomes = new Set<string>();
    // The last round kills after everything is done, and nothing is recorded of it.
    for (let at = 0; at <= operations.length; at += 1) {
      const failed = await runAction(swap(), run, { onPerform: killAt(at) }).catch((error: unknown) => error);
      expect(failed instanceof Killed).toBe(at < operations.length);
      const names = await lab.databases();
      expect([BESIDE, SWAPPED]).toContainEqual(names);
      outcomes.add(names.join());
      // Undone from there, with a kill on the way.
      const before = await beforeOf();
      await goBack(swap(), 'undo', run, before, { onPerform: killAt(at) }).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      expect([BESIDE, SWAPPED]).toContainEqual(await lab.databases());
      await goBack(swap(), 'undo', run, before);
      expect(await lab.databases()).toEqual(BESIDE);
      expect([await isOld('QSR'), await allowed('QSR'), await allowed('senseservices')]).toEqual([
        true,
        true,
        true,
      ]);
    }
    expect(outcomes.size).toBe(2);
    await goBack(load(), 'undo', run, loaded.before);
    expect(await lab.databases()).toEqual(OLD);
  });

  /** What `prepare` writes down now. */
  async function beforeOf(): Promise<JsonValue> {
    return swap().prepare(swap().input.parse(run), contextFor(fakeNode()));
  }

  it('restores anew what an earlier attempt left half-way, and only that', async () => {
    const before = await load().prepare(load().input.parse(run), contextFor(fakeNode()));
    const programs: string[] = [];
    await expect(
      runAction(load(), run, {
        exec: async (argv, options) => {
          programs.push(argv.join(' '));
          if (argv.join(' ').includes(' senseservices_restore_RUN ')) throw new Killed();
          return lab.exec(argv, options);
        },
      }),
    ).rejects.toThrow(Killed);
    // Side by side: the other one may not have begun by then.
    expect(programs.join('\n')).toContain(' senseservices_restore_RUN ');
    await load().cleanUp?.(load().input.parse(run), before, contextFor(fakeNode()));
    const names = await lab.databases();
    expect(names).not.toContain('senseservices_restore_RUN');
    const resumed = await runAction(load(), run, { exec: lab.exec });
    const commands = resumed.performed.filter(({ kind }) => kind === 'command');
    expect(commands).toHaveLength(BESIDE.length - names.length);
    expect(await lab.databases()).toEqual(BESIDE);
  });

  it('ends its programs and sessions when it is interrupted, and can be undone then', async () => {
    const interruption = new AbortController();
    const before = await load().prepare(load().input.parse(run), contextFor(fakeNode()));
    const { signal } = interruption;
    await expect(
      runAction(load(), run, {
        signal,
        exec: (argv, options) => {
          interruption.abort(new InterruptedError('Ctrl+C'));
          return lab.exec(argv, { ...options, signal });
        },
      }),
    ).rejects.toThrow(/Ctrl\+C|another database failed/);
    await goBack(load(), 'undo', run, before);
    expect(await lab.databases()).toEqual(OLD);
    const sessions = `select count(*)::int as value from pg_stat_activity where application_name like 'sense-runbook RUN%'`;
    expect(await lab.value('postgres', sessions)).toBe(0);
  });

  it('refuses a dump of another database under the right name, and drops what it restored of it', async () => {
    await expect(runAction(load(), { set: bad.wrongDump }, { exec: lab.exec })).rejects.toThrow(
      /the table public\.queue is missing; it had 2 rows/,
    );
    expect((await lab.databases()).filter((name) => name.startsWith('senseservices_'))).toEqual([]);
    expect(await isOld('QSR')).toBe(true);
  });

  it('restores a set without evidence with a warning, and one with a damaged dump not at all', async () => {
    const older = bad.withoutEvidence;
    const { warnings } = await runAction(load(), { set: older }, { exec: lab.exec });
    expect(warnings).toEqual([expect.stringMatching(/^Nothing was recorded of QSR, SenseServices/)]);
    expect(await lab.databases()).toEqual(BESIDE);
    const dump = path.join(lab.setPath(older), 'databases/QSR_backup.tar');
    await fs.truncate(dump, (await fs.stat(dump)).size - 4096);
    for (const name of BESIDE.filter((one) => one.includes('_restore_')))
      await postgres().sql('postgres', `DROP DATABASE "${name}"`);
    await expect(runAction(load(), { set: older }, { exec: lab.exec })).rejects.toThrow(
      /was cut off|not usable/,
    );
    expect(await isOld('QSR')).toBe(true);
  });

  it('restores an archive that makes the schema public, as those of pg_dump 10 and older do', async () => {
    const old = { set: bad.oldArchive, databases: 'QSR' };
    // As it is, pg_restore stops at it.
    const dump = path.join(lab.setPath(old.set), 'databases/QSR_backup.custom');
    const { client } = postgres();
    const listing = await lab.exec([client.pgRestore, '-l', dump], {});
    expect(listing.stdout).toMatch(/Dumped by pg_dump version: 9\.6\.24/);
    const script = await lab.exec([client.pgRestore, '-f', '-', dump], {});
    expect(script.stdout).toMatch(/^CREATE SCHEMA public;/m);
    const loaded = await runAction(load(), old, { exec: lab.exec });
    expect(loaded.left).toEqual([]);
    expect(loaded.outputs['databases']).toMatchObject([{ name: 'QSR', compared: true, rows: 340 }]);
    expect((await fs.readdir(postgres().folder)).filter((name) => name.startsWith('sense-runbook-'))).toEqual(
      [],
    );
    await goBack(load(), 'undo', old, loaded.before);
    const documented = await runAction(createRestoreDocumented(lab.c), old, { exec: lab.exec });
    expect(documented.warnings).toEqual([expect.stringMatching(/schema public there already/)]);
    expect(await lab.value('QSR', 'select count(*)::int as value from apps')).toBe(40);
  });

  it('drops what it restored when the disk of the server is full, and blames no set', async () => {
    await expect(
      runAction(load(), run, {
        exec: async (argv) => {
          const stderr = 'pg_restore: error: could not extend file "base/1/2": No space left on device';
          throw new CommandError('pg_restore failed', { argv, code: 1, stderr });
        },
      }),
    ).rejects.toThrow(/the database server gave up/);
    expect(await lab.databases()).toEqual(OLD);
  });

  it('says what to do when the owner of a database is missing', async () => {
    const { sql } = postgres();
    await sql('postgres', 'ALTER ROLE qliksenserepository RENAME TO somebody');
    try {
      await expect(runAction(load(), run, { exec: lab.exec })).rejects.toThrow(
        /The role qliksenserepository, which owns QSR, SenseServices, is missing/,
      );
    } finally {
      await sql('postgres', 'ALTER ROLE somebody RENAME TO qliksenserepository');
    }
    expect((await runAction(createRestoreCreateRoles(lab.c), run)).outputs).toEqual({ created: [] });
  });

  /** Kills before the work of the operation of this number, from 0. */
  function killAt(at: number): () => void {
    let seen = 0;
    return () => {
      seen += 1;
      if (seen > at) throw new Killed();
    };
  }
});

/** Writes into the archive of QSR what pg_dump 9.6 would have, over text of the same length. */
async function asOldArchive(set: OpenSet): Promise<void> {
  const file = await set.pathFor('databases/QSR_backup.custom');
  let text = await fs.readFile(file, 'latin1');
  const [line = ''] = /-- \*not\* creating schema, since initdb creates it\n/.exec(text) ?? [];
  const [version = ''] = /15\.\d+ \(Debian [^)]*\)|15\.\d+(?=\0)/.exec(text) ?? [];
  if (line === '' || version === '') throw new Error('the archive is not as it was when this was written');
  text = text.replace(line, 'CREATE SCHEMA public;\n'.padEnd(line.length, ' '));
  // The version of the server comes first, that of pg_dump after it.
  const at = text.lastIndexOf(version, 2000);
  text = `${text.slice(0, at)}${'9.6.24'.padEnd(version.length, ' ')}${text.slice(at + version.length)}`;
  await fs.writeFile(file, text, 'latin1');
}
