import fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RepositoryDatabase } from '../../../src/actions/collaborators.ts';
import { createPostgresCheckSettings } from '../../../src/actions/postgres-check-settings.ts';
import { createPostgresConfigure } from '../../../src/actions/postgres-configure.ts';
import type { Action } from '../../../src/contract/action.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Node } from '../../../src/contract/node.ts';
import { askedPerson } from '../../helpers/asked-person.ts';
import { failingAction, runOptions } from '../../helpers/engine.ts';
import { oneStep } from '../../helpers/one-step.ts';
import { describeOnServers, usePostgres, type TestPostgres } from '../../helpers/postgres.ts';
import { killedAt, realDatabase } from '../../helpers/real-database.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from '../../unit/actions/fakes.ts';
import { fakeNode, filesIn, runAction } from '../../unit/actions/harness.ts';

interface Changes {
  readonly stateFolder?: string;
  readonly database?: RepositoryDatabase;
  readonly then?: Action;
  readonly node?: Partial<Node>;
  readonly answer?: () => Promise<boolean>;
}

function labOn(pg: TestPostgres, changes: Changes = {}) {
  const { stateFolder = temporaryFolder(), answer } = changes;
  const { asked, person } = askedPerson(answer);
  const action = createPostgresConfigure({
    site: fakeSite(),
    database: changes.database ?? realDatabase(pg, stateFolder),
    person,
    stateFolder,
  }) as unknown as Action;
  const node = { ...fakeNode(), ...changes.node } as unknown as Node;
  const rim = { ...fakeNode({ name: 'rim', role: 'rim' }), reach: () => '/nowhere' } as unknown as Node;
  const step = oneStep({
    action,
    nodes: [node, rim],
    stateFolder,
    ...(changes.then === undefined ? {} : { then: changes.then }),
  });
  return { ...step, asked };
}

async function settings(pg: TestPostgres): Promise<object> {
  const client = await pg.connect();
  try {
    const [row] = await client.query<object>(
      `select current_setting('max_connections') as max, current_setting('listen_addresses') as listen`,
    );
    return row ?? {};
  } finally {
    await client.close();
  }
}

/** Of this machine alone: the server is restarted with it. */
const OWN: JsonObject = { listen: '127.0.0.1, 127.0.0.2' };

describeOnServers('connections for every node', [12, 14, undefined], (major) => {
  const pg = usePostgres(major === undefined ? {} : { major });

  it('count after a restart, as the check says, and are gone after a rollback and another one', async () => {
    const file = path.join(pg().cluster.dataFolder, 'postgresql.conf');
    const before = await fs.readFile(file, 'latin1');
    const now = await settings(pg());
    const { run, engine, outputs } = labOn(pg());
    const { warnings, outcome, run: id } = await run(OWN);
    expect(outcome).toBe('done');
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('central: 110 connections were counted'),
      expect.stringContaining('rim: 110 connections were counted'),
      `${file} was changed.`,
    ]);
    expect(outputs()).toMatchObject({
      lines: ['max_connections = 240', "listen_addresses = '127.0.0.1, 127.0.0.2'"],
      restartNeeded: true,
      maxConnections: 240,
    });
    const check = (restarted: boolean, transport: 'local' | 'simulated' = 'local') =>
      runAction(
        createPostgresCheckSettings({ database: realDatabase(pg(), temporaryFolder()) }),
        { restarted },
        { node: { ...fakeNode(), transport } },
      );
    expect((await check(false)).warnings).toHaveLength(1);
    expect((await check(true, 'simulated')).warnings).toHaveLength(1);
    await expect(check(true)).rejects.toThrow('still runs with max_connections');
    expect(await settings(pg())).toEqual(now);

    await restart(pg());
    expect(await settings(pg())).toEqual({ max: '240', listen: '127.0.0.1, 127.0.0.2' });
    expect((await check(true)).warnings).toEqual([]);
    expect((await labOn(pg()).run(OWN)).warnings).toHaveLength(2);
    expect(
      (await engine.rollback(id, runOptions({ approvals: { change: true, destroy: 'lab' } }))).outcome,
    ).toBe('rolled-back');
    expect(await fs.readFile(file, 'latin1')).toBe(before);
    await restart(pg());
    expect(await settings(pg())).toEqual(now);
  });
});

/** As the service does: the address on the command line is left to the file. */
async function restart(pg: TestPostgres): Promise<void> {
  await pg.cluster.stop();
  await pg.cluster.start();
}

describe('postgresql.conf', () => {
  const pg = usePostgres();
  const lab = (changes?: Changes) => labOn(pg(), changes);
  const then = () => failingAction('then', new Error('no'));
  let file: string;
  let original: string;

  beforeAll(async () => {
    file = path.join(pg().cluster.dataFolder, 'postgresql.conf');
    original = await fs.readFile(file, 'latin1');
  });

  beforeEach(async () => {
    await fs.writeFile(file, original, 'latin1');
    await pg().sql('postgres', 'ALTER SYSTEM RESET ALL', 'SELECT pg_reload_conf()');
  });

  const text = () => fs.readFile(file, 'latin1');

  it('gets its lines once, is kept closed to others, and the copy is gone after cleanup', async () => {
    const stateFolder = temporaryFolder();
    const { run, engine, outputs } = lab({ stateFolder });
    const { run: id } = await run({});
    expect(outputs()).toMatchObject({ lines: ['max_connections = 240', "listen_addresses = '*'"] });
    const once = await text();
    expect(once.startsWith(original)).toBe(true);
    await lab().run({});
    expect(await text()).toBe(once);
    const safety = path.join(stateFolder, 'runs', id, 'safety');
    const kept = path.join(safety, 'step.postgresql.conf');
    expect(await fs.readFile(kept, 'latin1')).toBe(original);
    expect((await fs.stat(kept)).mode & 0o077).toBe(0);
    await engine.cleanup(id, runOptions({ approvals: { change: true, destroy: 'lab' } }));
    expect(await filesIn(safety)).toEqual([]);
  });

  it('is told beforehand with its lines, and is not changed by that', async () => {
    const { notes = [] } = await lab().describe({ 'pool-size': 200 });
    expect(notes.join('\n')).toContain('gets: max_connections = 420');
    expect(await text()).toBe(original);
  });

  it('is left alone where enough is there: nothing is lowered', async () => {
    await fs.appendFile(file, "max_connections = 900\nlisten_addresses = '127.0.0.1,10.0.0.1'\n");
    const before = await text();
    const { run, outputs } = lab();
    expect((await run({ 'max-connections': 300 })).outcome).toBe('done');
    expect(outputs()).toMatchObject({ lines: [], maxConnections: 900 });
    expect(await text()).toBe(before);
  });

  it('is not touched when ALTER SYSTEM would win over it, or when it has mistakes', async () => {
    await pg().sql('postgres', 'ALTER SYSTEM SET max_connections = 50');
    const byself = await lab().run({});
    expect(byself.error?.message).toContain('set by ALTER SYSTEM');
    await pg().sql('postgres', 'ALTER SYSTEM RESET ALL');
    await fs.appendFile(file, 'what is this\n');
    const broken = await text();
    const { error } = await lab().run({});
    expect(error?.message).toContain('has mistakes already');
    expect(await text()).toBe(broken);
  });

  it('comes back when PostgreSQL does not take it', async () => {
    const stateFolder = temporaryFolder();
    const real = realDatabase(pg(), stateFolder);
    const database: RepositoryDatabase = {
      ...real,
      async connect(name, application) {
        const client = await real.connect(name, application);
        return {
          close: () => client.close(),
          async query<Row extends object>(statement: string, values?: readonly unknown[]): Promise<Row[]> {
            const rows = await client.query<Row>(statement, values);
            const added = (await text()).includes('sense-runbook RUN') || (await text()) !== original;
            // As a server would see lines that it does not understand.
            return added && statement.includes('pg_file_settings')
              ? [
                  ...rows,
                  {
                    name: null,
                    setting: null,
                    sourcefile: file,
                    sourceline: 9,
                    error: 'not like this',
                  } as Row,
                ]
              : rows;
          },
        };
      },
    };
    const { error } = await lab({ stateFolder, database }).run({});
    expect(error?.message).toContain('not like this');
    expect(await text()).toBe(original);
  });

  it('is a person’s to change where it cannot be reached, and is looked at afterwards', async () => {
    const elsewhere = { reach: () => '/nowhere/postgresql.conf' };
    const idle = await lab({ node: elsewhere, answer: async () => true }).run({});
    expect(idle.error?.message).toContain('missing, or another line counts: max_connections = 240');
    const { run, asked } = lab({
      node: elsewhere,
      answer: async () => {
        await fs.appendFile(file, "max_connections = 300\nlisten_addresses = '*'\n");
        return true;
      },
    });
    expect((await run({})).outcome).toBe('done');
    expect(asked[0]).toContain('max_connections = 240');
  });

  it('loses what the run added by the undo, and nothing that somebody added since', async () => {
    const { run, engine } = lab({ then: then() });
    await run({});
    await fs.appendFile(file, "work_mem = '8MB'\n");
    expect((await engine.rollback(undefined, runOptions())).outcome).toBe('rolled-back');
    expect(await text()).toBe(`${original}work_mem = '8MB'\n`);
  });

  it.each([
    ['before the new lines are checked', /pg_file_settings/, 'before'],
    ['before the server reads them', /pg_reload_conf/, 'before'],
    ['when the server has read them', /pg_reload_conf/, 'after'],
  ] as const)(
    'killed %s is finished by resume, and put back by a rollback',
    async (_where, statement, when) => {
      const stateFolder = temporaryFolder();
      await new Promise<void>((resolve, reject) => {
        const real = realDatabase(pg(), stateFolder);
        const doomed = killedAt(real, { statement, when, onKill: resolve });
        const database: RepositoryDatabase = {
          ...real,
          connect: async (...args) =>
            (await text()) === original ? real.connect(...args) : doomed.connect(...args),
        };
        lab({ stateFolder, database })
          .run({})
          .then(() => {
            reject(new Error('not killed'));
          }, reject);
      });
      const { engine } = lab({ stateFolder });
      await engine.recover(runOptions());
      expect((await engine.resume(undefined, runOptions())).outcome).toBe('done');
      expect((await text()).match(/max_connections = 240/g)).toHaveLength(1);
      const [run = ''] = await fs.readdir(path.join(stateFolder, 'runs'));
      expect((await lab({ stateFolder }).engine.rollback(run, runOptions())).outcome).toBe('rolled-back');
      expect(await text()).toBe(original);
    },
  );
});
