import fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RepositoryDatabase } from '../../../src/actions/collaborators.ts';
import { createRestoreAdmit } from '../../../src/actions/restore-admit.ts';
import { createRestoreLogin } from '../../../src/actions/restore-login.ts';
import type { Action } from '../../../src/contract/action.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Node } from '../../../src/contract/node.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { askedPerson } from '../../helpers/asked-person.ts';
import { failingAction, runOptions } from '../../helpers/engine.ts';
import { oneStep, type OneStep } from '../../helpers/one-step.ts';
import { testExec, usePostgres } from '../../helpers/postgres.ts';
import { killedAt, realDatabase } from '../../helpers/real-database.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeNetwork, fakeSite } from '../../unit/actions/fakes.ts';
import { fakeNode, filesIn } from '../../unit/actions/harness.ts';

const pg = usePostgres();
const ROLE_PASSWORD = 'a word of the role';
const ALL: JsonObject = {};

let file: string;
/** The superuser gets in, everybody else is refused. */
const CLOSED = [
  '# ours: größe',
  'local all postgres scram-sha-256',
  'host all postgres 127.0.0.1/32 scram-sha-256',
  'host all all all reject',
  '',
].join('\n');

beforeAll(async () => {
  file = path.join(pg().cluster.dataFolder, 'pg_hba.conf');
  await pg().sql(
    'postgres',
    `CREATE ROLE qliksenserepository LOGIN PASSWORD '${ROLE_PASSWORD}'`,
    'CREATE DATABASE "QSR" OWNER qliksenserepository',
  );
});

beforeEach(async () => {
  await fs.writeFile(file, CLOSED);
  await pg().sql('postgres', 'ALTER SYSTEM RESET ALL', 'SELECT pg_reload_conf()');
});

interface Changes {
  readonly stateFolder?: string;
  readonly database?: RepositoryDatabase;
  readonly then?: Action;
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly node?: Partial<Node>;
  readonly answer?: () => Promise<boolean>;
}

function lab(changes: Changes = {}): OneStep & { readonly asked: string[] } {
  const { stateFolder = temporaryFolder() } = changes;
  const { asked, person } = askedPerson(changes.answer);
  const action = createRestoreAdmit({
    site: fakeSite(),
    database: changes.database ?? realDatabase(pg(), stateFolder),
    network: fakeNetwork({
      names: changes.names ?? { 'qs1.example': ['127.0.0.1'], 'qs2.example': ['10.0.0.2', 'fe80::1%eth0'] },
    }),
    person,
    stateFolder,
  }) as unknown as Action;
  const step = oneStep({
    action,
    nodes: [{ ...fakeNode(), ...changes.node } as unknown as Node],
    stateFolder,
    ...(changes.then === undefined ? {} : { then: changes.then }),
  });
  return { ...step, asked };
}

const text = () => fs.readFile(file, 'utf8');

async function listenBySystem(): Promise<string | undefined> {
  const client = await pg().connect();
  const rows = await client.query<{ setting: string }>(
    `select setting from pg_file_settings where name = 'listen_addresses' and sourcefile ~ 'auto'`,
  );
  await client.close();
  return rows[0]?.setting;
}

/** Whether the role gets in as a node of 127.0.0.1 would. */
async function login(): Promise<JsonObject | undefined> {
  const stateFolder = temporaryFolder();
  const site = fakeSite();
  const action = createRestoreLogin({
    site: fakeSite({ database: { ...site.database, host: '127.0.0.1', port: pg().address.port } }),
    database: realDatabase(pg(), stateFolder),
    clock: systemClock,
    person: askedPerson().person,
  }) as unknown as Action;
  const node = { ...fakeNode(), exec: testExec } as unknown as Node;
  const step = oneStep({ action, nodes: [node], stateFolder });
  const { outcome } = await step.run({});
  return outcome === 'done' ? step.outputs() : undefined;
}

describe('nodes that the database refuses', () => {
  it('are admitted by lines before the one that refuses them, and get in from then on', async () => {
    expect(await login()).toBeUndefined();
    const { run, outputs } = lab();
    expect((await run(ALL)).outcome).toBe('done');
    const lines = (await text()).split('\n');
    const at = lines.indexOf('host    all    qliksenserepository    127.0.0.1/32    scram-sha-256');
    expect(lines[at + 1]).toBe('host    all    qliksenserepository    10.0.0.2/32    scram-sha-256');
    expect(at).toBeLessThan(lines.indexOf('host all all all reject'));
    expect(lines[0]).toBe('# ours: größe');
    expect(outputs()).toMatchObject({ restartNeeded: true, unknown: [] });
    // Nobody has the password here: being asked for it is what shows that the node is admitted.
    expect(await login()).toEqual({ login: 'password' });
    const { connect } = await import('../../../src/postgres/connect.ts');
    const client = await connect(
      { ...pg().address, user: 'qliksenserepository', password: ROLE_PASSWORD },
      'QSR',
    );
    await client.close();
  });

  it('are told beforehand with their lines, and nothing is changed by that', async () => {
    const { describe: tell } = lab();
    const { notes = [], operations } = await tell(ALL);
    expect(notes.join('\n')).toContain('10.0.0.2/32');
    expect(notes.join('\n')).toContain('before line 4');
    expect(operations.map((one) => (one.kind === 'file' ? one.verb : one.kind))).toEqual([
      'write',
      'copy',
      'write',
      'sql',
      'sql',
      'sql',
    ]);
    expect(await text()).toBe(CLOSED);
  });

  it('need a restart when the server listens to itself alone: that is said, not done', async () => {
    const { run } = lab();
    const { warnings } = await run(ALL);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('listens on 127.0.0.1 only'),
    ]);
    expect(await listenBySystem()).toBe('*');
    const client = await pg().connect();
    expect(await client.query('show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await client.close();
  });

  it('get one set of lines however often it is run', async () => {
    const first = lab();
    await first.run(ALL);
    const once = await text();
    await lab().run(ALL);
    expect(await text()).toBe(once);
  });

  it('without an address are named, the others are admitted', async () => {
    const { run, outputs } = lab({ names: { 'qs1.example': ['127.0.0.1'] } });
    const { warnings, outcome } = await run(ALL);
    expect(outcome).toBe('done');
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('qs2.example has no address'),
    ]);
    expect(outputs()).toMatchObject({ unknown: ['qs2.example'], restartNeeded: false });
    expect(await listenBySystem()).toBeUndefined();
  });

  it('may be given as addresses and ranges', async () => {
    const { run } = lab();
    await run({ nodes: ['rim', '10.9.0.0/16'] });
    expect(await text()).toContain('10.0.0.2/32');
    expect(await text()).toContain('10.9.0.0/16');
    expect(await text()).not.toContain('127.0.0.1/32    scram');
  });
});

describe('the old file', () => {
  it('is kept before it is changed, closed to others', async () => {
    const stateFolder = temporaryFolder();
    await lab({ stateFolder }).run(ALL);
    const [run = ''] = await fs.readdir(path.join(stateFolder, 'runs'));
    const kept = path.join(stateFolder, 'runs', run, 'safety', 'step.pg_hba.conf');
    expect(await fs.readFile(kept, 'utf8')).toBe(CLOSED);
    expect((await fs.stat(kept)).mode & 0o077).toBe(0);
  });

  it('is gone, with what was written down, after the run was cleaned up', async () => {
    const stateFolder = temporaryFolder();
    const { engine, run } = lab({ stateFolder });
    const { run: id } = await run(ALL);
    const safety = path.join(stateFolder, 'runs', id, 'safety');
    expect((await filesIn(safety)).sort()).toEqual(['before/step-central.json', 'step.pg_hba.conf']);
    const approvals = { change: true, destroy: 'lab' };
    expect((await engine.cleanup(id, runOptions({ approvals }))).outcome).toBe('done');
    expect(await filesIn(safety)).toEqual([]);
    expect(await text()).toContain('10.0.0.2/32');
  });

  it('keeps its owner and mode', async () => {
    const before = await fs.stat(file);
    await lab().run(ALL);
    const after = await fs.stat(file);
    expect([after.uid, after.gid, after.mode, after.ino]).toEqual([
      before.uid,
      before.gid,
      before.mode,
      before.ino,
    ]);
  });

  it('with mistakes is not touched', async () => {
    const broken = `${CLOSED}host nonsense\n`;
    await fs.writeFile(file, broken);
    const { error, outcome } = await lab().run(ALL);
    expect(outcome).toBe('failed');
    expect(error?.message).toContain('has mistakes already: line 5');
    expect(await text()).toBe(broken);
  });

  it('comes back when PostgreSQL does not take the new lines, and is not read again', async () => {
    const stateFolder = temporaryFolder();
    const real = realDatabase(pg(), stateFolder);
    let asked = 0;
    const database: RepositoryDatabase = {
      ...real,
      async connect(name, application) {
        const client = await real.connect(name, application);
        return {
          close: () => client.close(),
          async query<Row extends object>(statement: string, values?: readonly unknown[]): Promise<Row[]> {
            const rows = await client.query<Row>(statement, values);
            if (!statement.includes('pg_hba_file_rules')) return rows;
            asked += 1;
            // As a server with other rules than ours would see the lines that were just written.
            const added = (await text()).includes('sense-runbook');
            const [rule] = rows as unknown as { rule: JsonObject }[];
            return added && rule !== undefined
              ? ([...rows, { rule: { ...rule.rule, error: 'not like this' } }] as Row[])
              : rows;
          },
        };
      },
    };
    const { error } = await lab({ stateFolder, database }).run(ALL);
    expect(asked).toBeGreaterThan(1);
    expect(error?.message).toContain('not like this');
    expect(await text()).toBe(CLOSED);
    expect(await login()).toBeUndefined();
  });
});

describe('a file that cannot be reached from here', () => {
  const elsewhere: Partial<Node> = { reach: () => '/nowhere/pg_hba.conf' };

  it('is a person to change, with the exact lines, and looked at afterwards', async () => {
    const { run, asked } = lab({
      node: elsewhere,
      answer: async () => {
        const line = 'host all qliksenserepository 0.0.0.0/0 scram-sha-256\n';
        await fs.writeFile(file, CLOSED.replace('host all all all reject', `${line}host all all all reject`));
        return true;
      },
    });
    expect((await run(ALL)).outcome).toBe('done');
    expect(asked[0]).toContain('before its line 4');
    expect(asked[0]).toContain('host    all    qliksenserepository    10.0.0.2/32    scram-sha-256');
  });

  it('is not believed to be changed when it is not', async () => {
    const { run } = lab({ node: elsewhere, answer: async () => true });
    const { error } = await run(ALL);
    expect(error?.message).toContain('missing, or behind a line that refuses it');
  });

  it('of another machine of the same path is not written to', async () => {
    const other = path.join(temporaryFolder(), 'pg_hba.conf');
    await fs.writeFile(other, 'host all all all trust\n');
    const { run } = lab({ node: { reach: () => other } });
    expect((await run(ALL)).error?.message).toContain('there is no terminal');
    expect(await fs.readFile(other, 'utf8')).toBe('host all all all trust\n');
  });
});

describe('after it', () => {
  const then = () => failingAction('then', new Error('no'));

  it('the undo gives back file and setting, and the nodes are refused again', async () => {
    const { run, engine } = lab({ then: then() });
    await run(ALL);
    const back = await engine.rollback(undefined, runOptions());
    expect(back.outcome).toBe('rolled-back');
    expect(back.warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('until its next restart'),
    ]);
    expect(await text()).toBe(CLOSED);
    expect(await listenBySystem()).toBeUndefined();
    expect(await login()).toBeUndefined();
  });

  it('the undo gives back a setting that ALTER SYSTEM had made before', async () => {
    await pg().sql('postgres', `ALTER SYSTEM SET listen_addresses = '127.0.0.1'`);
    const { run, engine } = lab({ then: then() });
    await run(ALL);
    expect(await listenBySystem()).toBe('*');
    await engine.rollback(undefined, runOptions());
    expect(await listenBySystem()).toBe('127.0.0.1');
  });

  it('the undo takes the lines out also when the copy of the file is gone', async () => {
    const stateFolder = temporaryFolder();
    const { run, engine } = lab({ stateFolder, then: then() });
    const { run: id } = await run(ALL);
    await fs.rm(path.join(stateFolder, 'runs', id, 'safety'), { recursive: true });
    expect((await engine.rollback(undefined, runOptions())).outcome).toBe('rolled-back');
    expect(await text()).toBe(CLOSED);
    expect(await login()).toBeUndefined();
  });

  it('the undo leaves what somebody has added since', async () => {
    const { run, engine } = lab({ then: then() });
    await run(ALL);
    await fs.appendFile(file, 'host theirs theirs 10.0.0.7/32 md5\n');
    await engine.rollback(undefined, runOptions());
    expect(await text()).toBe(`${CLOSED}host theirs theirs 10.0.0.7/32 md5\n`);
  });
});

describe.each([
  ['before the new lines are checked', /pg_hba_file_rules/, 'after'],
  ['before the server reads them', /pg_reload_conf/, 'before'],
  ['when the server has read them', /pg_reload_conf/, 'after'],
  ['before the setting', /ALTER SYSTEM SET/, 'before'],
  ['after the setting', /ALTER SYSTEM SET/, 'after'],
] as const)('killed %s', (_where, statement, when) => {
  async function killed(stateFolder: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const real = realDatabase(pg(), stateFolder);
      const doomed = killedAt(real, { statement, when, onKill: resolve });
      // Only once the file is written: the looks before it are the same statements.
      const database: RepositoryDatabase = {
        ...real,
        connect: async (...args) =>
          (await text()).includes('sense-runbook') ? doomed.connect(...args) : real.connect(...args),
      };
      lab({ stateFolder, database })
        .run(ALL)
        .then(() => {
          reject(new Error('not killed'));
        }, reject);
    });
    await lab({ stateFolder }).engine.recover(runOptions());
  }

  it('it is put back by a rollback', async () => {
    const stateFolder = temporaryFolder();
    await killed(stateFolder);
    expect((await lab({ stateFolder }).engine.rollback(undefined, runOptions())).outcome).toBe('rolled-back');
    expect(await text()).toBe(CLOSED);
    expect(await listenBySystem()).toBeUndefined();
  });

  it('it is finished by resume, whose rollback puts it back too', async () => {
    const stateFolder = temporaryFolder();
    await killed(stateFolder);
    const { engine } = lab({ stateFolder });
    expect((await engine.resume(undefined, runOptions())).outcome).toBe('done');
    expect(await login()).toEqual({ login: 'password' });
    expect(await listenBySystem()).toBe('*');
    const [run = ''] = await fs.readdir(path.join(stateFolder, 'runs'));
    expect((await engine.rollback(run, runOptions())).outcome).toBe('rolled-back');
    expect(await text()).toBe(CLOSED);
    expect(await listenBySystem()).toBeUndefined();
  });
});

it('a file that a killed attempt cut off is made whole before lines are added', async () => {
  const stateFolder = temporaryFolder();
  await new Promise<void>((resolve, reject) => {
    const real = realDatabase(pg(), stateFolder);
    const database = killedAt(real, { statement: /pg_reload_conf/, when: 'before', onKill: resolve });
    lab({ stateFolder, database })
      .run(ALL)
      .then(() => {
        reject(new Error('not killed'));
      }, reject);
  });
  await fs.writeFile(file, (await text()).slice(0, 130));
  await lab({ stateFolder }).engine.recover(runOptions());
  expect((await lab({ stateFolder }).engine.resume(undefined, runOptions())).outcome).toBe('done');
  expect(await text()).toContain('10.0.0.2/32');
  expect(await text()).toContain('host all all all reject');
  expect(await login()).toEqual({ login: 'password' });
});
