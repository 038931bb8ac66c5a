import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPostgresDump } from '../../../src/actions/postgres-dump.ts';
import { createPostgresEvidence } from '../../../src/actions/postgres-evidence.ts';
import { createPostgresGlobals } from '../../../src/actions/postgres-globals.ts';
import { CommandError, PreflightError, StepError, VerificationError } from '../../../src/contract/errors.ts';
import { PLANNED, databaseFacts, evidencePart, fakeDump, fakeSite, parts, serverFacts } from './fakes.ts';
import { contextFor, fakeNode, runAction } from './harness.ts';

describe('postgres.dump', () => {
  const input = { set: 'SET', database: 'qsr', format: 'custom' };
  const planned = { planned: { ...input, set: '<set>' }, bindings: PLANNED.bindings };

  it('types what the manual types, and gives what a restore needs to know', async () => {
    const c = parts();
    const { outputs, performed, left } = await runAction(createPostgresDump(c), input, {
      ...planned,
      exec: fakeDump,
    });
    expect(performed.filter(({ kind }) => kind === 'command')).toMatchObject([
      {
        argv: [
          '/pg/pg_dump',
          '-h',
          'db.example',
          '-p',
          '4432',
          '-U',
          'postgres',
          '--no-password',
          '-b',
          '-F',
          'c',
          '--snapshot=0003-QSR',
          '-f',
          path.join(c.root, 'SET/databases/QSR_backup.dump'),
          'QSR',
        ],
      },
    ]);
    expect(left).toEqual([]);
    expect(outputs['dumps']).toMatchObject([
      {
        name: 'QSR',
        file: 'databases/QSR_backup.dump',
        owner: 'qliksenserepository',
        server: '14.17',
        bytes: 20,
      },
    ]);
  });

  it('names the file as the manual does for tar, whatever the case of the database in the server', async () => {
    const c = parts({}, { facts: serverFacts({ databases: [databaseFacts('qsr')] }) });
    const { operations } = await createPostgresDump(c).describe(
      { set: '<set>', database: 'QSR', format: 'tar' },
      contextFor(fakeNode()),
    );
    const operation = operations.find(({ kind }) => kind === 'command');
    const argv = operation?.kind === 'command' ? operation.argv : [];
    expect(argv.slice(-2)).toEqual([path.join(c.root, '<set>/databases/QSR_backup.tar'), 'qsr']);
  });

  it('records what the database holds beside the dump, and fails with it', async () => {
    const c = parts();
    const { outputs } = await runAction(createPostgresDump(c), input, { ...planned, exec: fakeDump });
    const [dump] = outputs['dumps'] as [{ evidence: string; takenAt: string }];
    const part = JSON.parse(await fs.readFile(path.join(c.root, 'SET', dump.evidence), 'utf8')) as unknown;
    expect(part).toEqual(evidencePart('QSR'));
    expect(dump.takenAt).toBe('2026-11-23T02:00:00.000Z');

    let ended: unknown;
    let refuse: (() => void) | undefined;
    const read = (): Promise<never> =>
      new Promise((_resolve, reject) => (refuse = () => reject(new StepError('no right'))));
    const unreadable = parts({}, { evidence: { read } });
    const run = runAction(createPostgresDump(unreadable), input, {
      ...planned,
      exec: (_argv, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            ended = signal.reason;
            reject(signal.reason as Error);
          });
          refuse?.();
        }),
    });
    await expect(run).rejects.toThrow('no right');
    expect(ended).toMatchObject({ message: 'no right' });
    expect(unreadable.database.cleaned).toEqual(['sense-runbook RUN step']);
  });

  it('tells who is Root Admin, where the database knows', async () => {
    const read = async () => ({ ...evidencePart('QSR'), rootAdmins: ['ACME\\anna'] });
    const { outputs } = await runAction(createPostgresDump(parts({}, { evidence: { read } })), input, {
      ...planned,
      exec: fakeDump,
    });
    expect(outputs['dumps']).toMatchObject([{ name: 'QSR', rootAdmins: ['ACME\\anna'] }]);
  });

  it('closes its transaction also when pg_dump fails', async () => {
    let closed = 0;
    const close = async (): Promise<void> => void (closed += 1);
    const c = parts({}, { evidence: { close } });
    const exec = (): Promise<never> => Promise.reject(new StepError('pg_dump failed'));
    await expect(runAction(createPostgresDump(c), input, { ...planned, exec })).rejects.toThrow('pg_dump');
    expect(closed).toBe(1);
  });

  it.each([
    [
      'when every pg_dump of the step holds its locks, and not before',
      'snapshot',
      ['QLogs', 'locked', 'end'],
    ],
    ['not at all while the site waits for the end', 'full', ['end']],
  ])('says "locked" %s', async (_when, quiesce, order) => {
    const log: string[] = [];
    let seen: (() => void) | undefined;
    const locks: Promise<void>[] = [Promise.resolve(), new Promise((resolve) => (seen = resolve))];
    const names = ['QSR', 'SenseServices', 'QSMQ', 'Licenses', 'Other', 'QLogs'];
    const databases = [...serverFacts().databases, databaseFacts('Other'), databaseFacts('QLogs')];
    const c = parts(
      { database: { ...fakeSite().database, names } },
      {
        facts: serverFacts({ databases }),
        evidence: { awaitLocks: () => locks.shift() ?? Promise.reject(new Error('asked too often')) },
      },
    );
    let finish: (() => void) | undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let dumps = 0;
    const run = runAction(
      createPostgresDump(c),
      { set: 'SET', except: ['QSR', 'SenseServices', 'QSMQ', 'Licenses'], format: 'custom', quiesce },
      {
        onMilestone(milestone) {
          log.push(milestone);
          finish?.();
        },
        async exec(argv) {
          dumps += 1;
          if (quiesce === 'snapshot') {
            if (dumps === 2) {
              log.push('QLogs');
              seen?.();
            }
            await finished;
          }
          return fakeDump(argv);
        },
      },
    );
    const { plan } = await run;
    log.push('end');
    expect(log).toEqual(order);
    expect(plan.milestones).toEqual(quiesce === 'snapshot' ? ['locked'] : undefined);
    expect(plan.notes?.join().includes('waits for it')).toBe(quiesce === 'snapshot');
  });

  it('needs no locks any more when the dump is done before they were seen', async () => {
    const awaitLocks = (_name: string, signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const c = parts({}, { evidence: { awaitLocks } });
    const reached: string[] = [];
    await runAction(
      createPostgresDump(c),
      { ...input, quiesce: 'snapshot' },
      {
        planned: { ...planned.planned, quiesce: 'snapshot' },
        bindings: PLANNED.bindings,
        exec: fakeDump,
        onMilestone: (milestone) => reached.push(milestone),
      },
    );
    expect(reached).toEqual(['locked']);
  });

  it('is private from the first byte on, and gets the password by the environment', async () => {
    const c = parts();
    let mode = 0;
    let env: unknown;
    await runAction(createPostgresDump(c), input, {
      ...planned,
      async exec(argv, options) {
        mode = (await fs.stat(argv[argv.indexOf('-f') + 1] ?? '')).mode & 0o777;
        env = options.env;
        return fakeDump(argv);
      },
    });
    expect(mode).toBe(0o600);
    expect(env).toEqual({ PGPASSFILE: '/pass' });
  });

  it('asks the server once, while planning, and not again while the site is down', async () => {
    const c = parts();
    await runAction(createPostgresDump(c), input, { ...planned, exec: fakeDump });
    expect(c.database.asked).toBe(1);
  });

  it('takes an empty file after a good end for a failure', async () => {
    const run = runAction(createPostgresDump(parts()), input, { ...planned, exec: async () => ({}) });
    await expect(run).rejects.toThrow(VerificationError);
  });

  it('names the disk when a program fails and nothing is free any more', async () => {
    const exec = (): Promise<never> =>
      Promise.reject(new CommandError('pg_dump failed: kein Platz', { argv: ['pg_dump'], code: 1 }));
    const full = { ...parts(), freeBytes: () => Promise.resolve(4096) };
    const run = runAction(createPostgresDump(full), input, { ...planned, exec });
    await expect(run).rejects.toThrow(
      /the disk of .*SET is full \(4\.1 kB free\): pg_dump failed: kein Platz/,
    );
    await expect(run).rejects.toMatchObject({ hint: expect.stringContaining('Make room') as string });
    const roomy = runAction(createPostgresDump(parts()), input, { ...planned, exec });
    await expect(roomy).rejects.toThrow(/^pg_dump failed: kein Platz$/);
  });

  it('passes over a database that the release does not have, with a note', async () => {
    const databases = ['QSR', 'SenseServices', 'QSMQ'].map((name) => databaseFacts(name));
    const c = parts(
      { qlik: { release: 'June 2018', installFolder: '', programDataFolder: '' } },
      { facts: serverFacts({ databases }) },
    );
    const { plan, outputs } = await runAction(createPostgresDump(c), { set: 'SET', database: 'Licenses' });
    expect(plan.notes?.join()).toContain('Licenses');
    expect(outputs['dumps']).toEqual([]);
  });

  it('fails when a database is gone that must be there', async () => {
    const c = parts({}, { facts: serverFacts({ databases: [] }) });
    const memory = createPostgresDump(c);
    const context = { ...contextFor(fakeNode()) };
    const plan = await memory.describe({ set: 'SET', database: 'QSR', format: 'tar' }, context);
    expect(plan.notes?.join()).toContain('missing');
    await expect(runAction(memory, { set: 'SET', database: 'QSR' })).rejects.toThrow(StepError);
  });

  it('dumps what else the site file names', async () => {
    const databases = [...serverFacts().databases, databaseFacts('QLogs')];
    const names = ['QSR', 'SenseServices', 'QSMQ', 'Licenses', 'QLogs'];
    const c = parts({ database: { ...fakeSite().database, names } }, { facts: serverFacts({ databases }) });
    const except = ['qsr', 'SenseServices', 'QSMQ', 'Licenses'];
    const { outputs } = await runAction(
      createPostgresDump(c),
      { set: 'SET', except, format: 'custom' },
      { exec: fakeDump },
    );
    expect(outputs['dumps']).toMatchObject([{ name: 'QLogs' }]);
  });

  it('plans on trust when the database does not answer: preflight says it too', async () => {
    const c = parts({}, { facts: new PreflightError('refused') });
    const plan = await createPostgresDump(c).describe(
      { set: '<set>', database: 'QSR', format: 'tar' },
      contextFor(fakeNode()),
    );
    expect(plan).toMatchObject({ operations: [], basis: 'assumed' });
  });

  it('wants either one database or exceptions', () => {
    const { input: schema } = createPostgresDump(parts());
    expect(schema.safeParse({ set: 'SET' }).success).toBe(false);
    expect(schema.safeParse({ set: 'SET', database: 'a', except: [] }).success).toBe(false);
  });

  it('cleans up the sessions of its own run and step only', async () => {
    const c = parts();
    const action = createPostgresDump(c);
    await action.cleanUp?.({ set: 'SET', database: 'QSR', format: 'tar' }, null, contextFor(fakeNode()));
    expect(c.database.cleaned).toEqual(['sense-runbook RUN step']);
  });
});

describe('postgres.evidence', () => {
  it('puts the parts together, keeps none of them, and fails without any', async () => {
    const c = parts();
    const folder = path.join(c.root, 'SET/databases');
    await fs.mkdir(folder, { recursive: true });
    const files = ['QSR', 'QSMQ'].map((name) => ({ evidence: `databases/${name}_evidence.json` }));
    for (const name of ['QSR', 'QSMQ'])
      await fs.writeFile(path.join(folder, `${name}_evidence.json`), JSON.stringify(evidencePart(name)));
    const { left, outputs } = await runAction(
      createPostgresEvidence(c),
      { set: 'SET', dumps: { qsr: [files[0] ?? null], qsmq: [files[1] ?? null], licenses: [] } },
      { planned: { set: '<set>', dumps: { qsr: '<steps.dump-qsr.dumps>' } }, bindings: PLANNED.bindings },
    );
    expect(left).toEqual([]);
    expect(outputs).toEqual({ file: 'databases/evidence.json', databases: 2, tables: 2, rows: 24 });
    expect(await fs.readdir(folder)).toEqual(['evidence.json']);
    const written = JSON.parse(await fs.readFile(path.join(folder, 'evidence.json'), 'utf8')) as unknown;
    expect(written).toMatchObject({
      schemaVersion: 1,
      server: { version: '14.17' },
      databases: [{ name: 'QSR' }, { name: 'QSMQ' }],
    });
    await expect(runAction(createPostgresEvidence(c), { set: 'SET', dumps: {} })).rejects.toThrow(StepError);
  });
});

describe('postgres.globals', () => {
  const GLOBALS = 'CREATE ROLE a;\n\n\\unrestrict x\n--\n-- PostgreSQL database cluster dump complete\n--\n';
  const write = async (argv: readonly string[]) => {
    await fs.writeFile(argv[argv.indexOf('-f') + 1] ?? '', `\\restrict x\n${GLOBALS}`);
    return {};
  };

  it('writes roles without the lines that older psql cannot read', async () => {
    const c = parts();
    const { outputs, left } = await runAction(
      createPostgresGlobals(c),
      { set: 'SET' },
      { ...PLANNED, exec: write },
    );
    expect(left).toEqual([]);
    expect(outputs).toMatchObject({ file: 'databases/globals.sql', roles: 1 });
    expect(await fs.readFile(path.join(c.root, 'SET/databases/globals.sql'), 'utf8')).not.toContain(
      'restrict',
    );
  });

  it('leaves passwords out when the user may not read them', async () => {
    const c = parts({}, { facts: serverFacts({ superuser: false }) });
    const { performed } = await runAction(
      createPostgresGlobals(c),
      { set: 'SET' },
      { ...PLANNED, exec: write },
    );
    expect(performed).toMatchObject([{ argv: expect.arrayContaining(['--no-role-passwords']) as string[] }]);
  });
});
