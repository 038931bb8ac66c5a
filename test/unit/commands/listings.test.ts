import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { OpenedSite, WatchedSite } from '../../../src/commands/context.ts';
import { PreflightError, UsageError, VerificationError } from '../../../src/contract/errors.ts';
import { sampleRun } from '../report/samples.ts';
import type { KeptSecret } from '../../../src/site/secret-store.ts';
import type { SetSummary } from '../../../src/vault/vault.ts';
import { fakeClock } from '../ui/streams.ts';
import { recordWith } from '../upgrade/journey/samples.ts';
import { fakeEngine, fakeSite, fakeUpgradeSide, method, runLine, SET, watched } from './fake-context.ts';

function siteWithSets(
  sets: Awaited<ReturnType<OpenedSite['vault']['list']>>,
  changes: Partial<OpenedSite['vault']> = {},
) {
  return fakeSite({ vault: { ...fakeSite().vault, list: () => Promise.resolve(sets), ...changes } });
}

const INCOMPLETE = { ...SET, id: '20261124T013000Z-zz99zz', state: 'incomplete' as const };

describe('backups', () => {
  it('prints JSON and nothing else with --json, even when a run waits', async () => {
    const engine = fakeEngine({ unfinished: () => Promise.resolve(sampleRun({ outcome: 'lost' })) });
    const { out, err } = await runLine(['backups', '--json'], fakeSite({ engine }));
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, sets: [{ id: SET.id, state: 'complete' }] });
    expect(err).toBe('');
  });

  it('verifies the newest complete set and passes over incomplete ones', async () => {
    const site = siteWithSets([SET, INCOMPLETE]);
    const { code, out } = await runLine(['backups', 'verify'], site);
    expect(code).toBe(0);
    expect(method(site.vault, 'verify')).toHaveBeenCalledWith(SET.id, expect.anything());
    expect(out).toContain('every file is as it was written');
  });

  it('ends with 5 when a set is damaged', async () => {
    const damage = [{ path: 'databases/QSR_backup.tar', kind: 'changed' as const, message: 'differs' }];
    const site = siteWithSets([SET], {
      verify: () => Promise.resolve({ set: SET.id, ok: false, files: 1, bytes: 1, durationMs: 1, damage }),
    });
    const { code, out } = await runLine(['backups', 'verify', SET.id], site);
    expect(code).toBe(5);
    expect(out).toContain('changed databases/QSR_backup.tar: differs');
  });

  it('writes the verdict into the history of the set; where that fails it only warns', async () => {
    const site = siteWithSets([SET]);
    const kept = await runLine(['backups', 'verify'], site);
    expect(method(site, 'recordVerification')).toHaveBeenCalledWith(
      expect.objectContaining({ set: SET.id, ok: true }),
      undefined,
    );
    expect(kept.err).not.toContain('warning');
    const readOnly = { ...site, recordVerification: () => Promise.resolve(['not written: EROFS.']) };
    const { code, err } = await runLine(['backups', 'verify'], readOnly);
    expect([code, err]).toEqual([0, expect.stringContaining('warning: not written: EROFS.\n')]);
    const json = await runLine(['--json', '--strict', 'backups', 'verify'], readOnly);
    expect(json.code).toBe(8);
    expect(JSON.parse(json.out)).toMatchObject({ ok: true, warnings: ['not written: EROFS.'] });
  });

  it('refuses to verify an incomplete set, and an unknown one', async () => {
    const site = siteWithSets([INCOMPLETE]);
    expect((await runLine(['backups', 'verify', INCOMPLETE.id], site)).error).toBeInstanceOf(
      VerificationError,
    );
    expect((await runLine(['backups', 'verify', 'nope'], site)).error).toBeInstanceOf(UsageError);
    expect((await runLine(['backups', 'show'], site)).error).toMatchObject({
      message: 'there is no complete backup set in /vault/acme',
    });
  });
});

describe('status', () => {
  // The clock of the fakes stands at 02:00; the set is of 01:00.
  it('is content with a set that is young enough', async () => {
    const { code, out } = await runLine(['status']);
    expect(code).toBe(0);
    expect(out).toBe(
      'ok       last good backup 20261124T010000Z-ab12cd, 1 h old (limit 26h)\nnote     no set was proven restorable by a drill yet\nok       no unfinished run\n',
    );
  });

  it.each([
    [['status', '--max-age', '59m'], siteWithSets([SET])],
    [['status'], siteWithSets([])],
    [['status'], siteWithSets([INCOMPLETE])],
  ])('ends with 5 for %j when there is none of that age', async (line, site) => {
    const { code, out } = await runLine(line, site);
    expect(code).toBe(5);
    expect(out).toMatch(/^TOO OLD /);
  });

  it('ends with 6 while a run waits, and not while one works', async () => {
    const waiting = fakeEngine({
      unfinished: () => Promise.resolve(sampleRun({ outcome: 'failed', next: ['resume'], holdsSite: true })),
    });
    const working = fakeEngine({ unfinished: () => Promise.resolve(sampleRun({ outcome: 'running' })) });
    expect((await runLine(['status'], fakeSite({ engine: waiting }))).code).toBe(6);
    expect((await runLine(['status'], fakeSite({ engine: working }))).code).toBe(0);
  });

  it('says that services may be down when a run has to be recovered', async () => {
    const run = sampleRun({ id: 'r1', outcome: 'lost', next: ['recover'], holdsSite: true });
    const engine = fakeEngine({ unfinished: () => Promise.resolve(run) });
    expect((await runLine(['status'], fakeSite({ engine }))).out).toContain(
      'DOWN?    run r1 (backup) was cut off, and services it stopped may be down; next: sense-runbook recover\n',
    );
  });

  it('names certificates that expire within 30 days', async () => {
    const certificate = {
      node: 'central',
      store: 'LocalMachine/My' as const,
      thumbprint: 'AB',
      subject: 'CN=host',
      issuer: 'CN=ca',
      notBefore: '2016-01-01T00:00:00.000Z',
      notAfter: '2026-12-01T00:00:00.000Z',
      hasPrivateKey: true,
    };
    const found = [certificate, { ...certificate, notAfter: '2036-01-01T00:00:00.000Z' }];
    const site: WatchedSite = {
      ...watched(fakeSite()),
      certificates: () => Promise.resolve({ found, warnings: [] }),
    };
    const { code, out } = await runLine(['status', '--strict'], undefined, {
      watchSite: () => Promise.resolve(site),
    });
    expect(code).toBe(8);
    expect(out).toContain('warning  certificate CN=host on central expires 2026-12-01\n');
    expect(out).not.toContain('2036');
  });

  it('gives one JSON document', async () => {
    const { out } = await runLine(['status', '--json']);
    expect(JSON.parse(out)).toEqual({
      schemaVersion: 1,
      site: 'acme',
      lastBackup: SET,
      ageMs: 3_600_000,
      maxAgeMs: 93_600_000,
      tooOld: false,
      lastProven: null,
      provenAgeMs: null,
      provenWithinMs: null,
      provenTooOld: null,
      unfinished: null,
      upgrade: null,
      copies: [],
      certificates: [],
      warnings: [],
    });
  });

  it('tells of an upgrade that waits between two hops, which is no fault', async () => {
    const store = { ...fakeUpgradeSide().store, read: () => Promise.resolve(recordWith({ state: 'done' })) };
    const site = fakeSite({ upgrade: fakeUpgradeSide({ store }) });
    const { code, out } = await runLine(['status'], site);
    expect(code).toBe(0);
    expect(out).toContain(
      'note     the upgrade August 2022 Patch 5 -> May 2025 is unfinished, 1 of 3 hops done; next: sense-runbook upgrade run /plans/plan.json\n',
    );
    expect(JSON.parse((await runLine(['status', '--json'], site)).out)).toMatchObject({
      upgrade: { state: 'unfinished', plan: { to: 'May 2025' } },
    });
    expect((await runLine(['runs'], site)).err).toContain('1 of 3 hops done');
  });

  it('warns where nobody can tell how far an upgrade is', async () => {
    const read = () => Promise.reject(new PreflightError('upgrade.json is damaged'));
    const store = { ...fakeUpgradeSide().store, read };
    const { code, out } = await runLine(['status'], fakeSite({ upgrade: fakeUpgradeSide({ store }) }));
    expect([code, out]).toEqual([0, expect.stringContaining('warning  upgrade.json is damaged\n')]);
  });

  it('refuses an age it cannot read', async () => {
    expect((await runLine(['status', '--max-age', 'yesterday'])).error).toBeInstanceOf(UsageError);
  });
});

describe('doctor', () => {
  it('ends with 3 when a check failed and says what to do', async () => {
    const engine = fakeEngine({
      preflight: () =>
        Promise.resolve([
          { id: 'a', status: 'ok' as const, message: 'all well' },
          { id: 'b', status: 'failed' as const, message: 'the database is down', hint: 'start it' },
        ]),
    });
    const { code, out } = await runLine(['doctor'], fakeSite({ engine }));
    expect(code).toBe(3);
    expect(out).toBe(`Site acme
  ok      all well
  failed  the database is down
          hint: start it

2 checks: 1 failed, 0 with a warning
`);
  });

  it('gives one JSON document with warnings', async () => {
    const { out } = await runLine(['doctor', '--json'], fakeSite({ warnings: ['odd'] }));
    expect(JSON.parse(out)).toEqual({
      schemaVersion: 1,
      site: 'acme',
      ok: true,
      checks: [],
      warnings: ['odd'],
    });
  });
});

describe('runs', () => {
  it('prints a report in every form', async () => {
    expect((await runLine(['runs', 'show', 'r1'])).out).toContain('Outcome    failed\n');
    expect((await runLine(['runs', 'report', 'r1', '--format', 'markdown'])).out).toMatch(/^# Run /);
    expect((await runLine(['runs', 'report', 'r1', '--format', 'html'])).out).toMatch(/^<!doctype html>/);
    expect(JSON.parse((await runLine(['runs', 'report', 'r1', '--json'])).out)).toMatchObject({
      schemaVersion: 1,
    });
  });

  it.each([['show'], ['report']])('takes the newest run when none is named: %s', async (verb) => {
    const runs = [sampleRun({ id: 'r1' }), sampleRun({ id: 'r2' })];
    const engine = fakeEngine({ runs: () => Promise.resolve(runs) });
    await runLine(['runs', verb], fakeSite({ engine }));
    expect(method(engine, 'report')).toHaveBeenCalledWith('r2');
  });

  it('says so when there are no runs yet', async () => {
    const engine = fakeEngine({ runs: () => Promise.resolve([]) });
    const { error } = await runLine(['runs', 'show'], fakeSite({ engine }));
    expect(error).toMatchObject({ exitCode: 2, message: 'there are no runs yet' });
  });

  it('gives up a run with the approval that was given', async () => {
    const site = fakeSite();
    const { out } = await runLine(['runs', 'abandon', 'r1', '--approve', 'destroy=acme'], site);
    expect(method(site.engine, 'abandon')).toHaveBeenCalledWith(
      'r1',
      expect.objectContaining({ approvals: { change: true, destroy: 'acme' } }),
    );
    expect(out).toBe('Run r1 is given up. The site is free for other runs.\n');
  });
});

describe('runbooks', () => {
  it('lists them without a site', async () => {
    const openSite = vi.fn();
    const { out } = await runLine(['runbooks'], undefined, { openSite });
    expect(out).toBe('RUNBOOK  WHAT IT DOES\nbackup   Back up the site (manual 5.6)\n');
    expect(openSite).not.toHaveBeenCalled();
  });

  it('lists them in 80 columns', async () => {
    const name = 'upgrade-postgres-standalone';
    const title = 'Move the databases of the whole site to a later PostgreSQL server';
    const runbooks = () => Promise.resolve([{ name, title, source: '2.6, p. 144; 2.5, p. 137' } as never]);
    const { out } = await runLine(['runbooks'], undefined, { runbooks });
    expect(out).toMatch(/^ {29}PostgreSQL server \(manual/m);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('secret', () => {
  const store = () => ({
    set: vi.fn(() => Promise.resolve()),
    details: vi.fn(() => Promise.resolve<KeptSecret[]>([{ name: 'database', kind: 'owner' }])),
    remove: vi.fn(() => Promise.resolve()),
  });

  it('takes a secret from stdin without a terminal, its last line end cut off', async () => {
    const secrets = store();
    const { code, out } = await runLine(['secret', 'set', 'database'], undefined, {
      secrets: () => Promise.resolve(secrets),
      stdin: Readable.from([Buffer.from('geheim\n')]),
    });
    expect(code).toBe(0);
    expect(secrets.set).toHaveBeenCalledWith('database', 'geheim');
    expect(out).not.toContain('geheim');
  });

  it('keeps nothing when stdin is closed', async () => {
    const secrets = store();
    const { error } = await runLine(['secret', 'set', 'database'], undefined, {
      secrets: () => Promise.resolve(secrets),
    });
    expect(error).toBeInstanceOf(UsageError);
    expect(secrets.set).not.toHaveBeenCalled();
  });

  it('lists names only', async () => {
    const { out } = await runLine(['secret', 'list'], undefined, { secrets: () => Promise.resolve(store()) });
    expect(out).toBe('database\n');
  });

  it('passes on for whom it is to be kept', async () => {
    const secrets = store();
    await runLine(['secret', 'set', 'database', '--for', 'ACME\\svc-qlik$'], undefined, {
      secrets: () => Promise.resolve(secrets),
      stdin: Readable.from([Buffer.from('geheim\r\n')]),
    });
    expect(secrets.set).toHaveBeenCalledWith('database', 'geheim', { forAccount: 'ACME\\svc-qlik$' });
  });

  it('lists for whom each is kept, where that is known', async () => {
    const me = { account: 'ACME\\admin', sid: 'S-1-5-21-1-2-3-1104' };
    const common = { storedBy: me, host: 'QLIK01', storedAt: '2026-11-24T01:00:00.000Z' };
    const secrets = {
      ...store(),
      details: () =>
        Promise.resolve<KeptSecret[]>([
          { name: 'certificates', kind: 'encrypted', readableBy: me, ...common },
          {
            name: 'database',
            kind: 'restricted',
            readableBy: { account: 'ACME\\svc-qlik$', sid: 'S-1-5-21-1-2-3-1201' },
            ...common,
          },
        ]),
    };
    const text = await runLine(['secret', 'list'], undefined, { secrets: () => Promise.resolve(secrets) });
    expect(text.out.split('\n').map((line) => line.replace(/ *\d{4}-.*$/, ''))).toEqual([
      'SECRET        READABLE BY     KEPT                       STORED',
      'certificates  ACME\\admin      encrypted, on QLIK01',
      'database      ACME\\svc-qlik$  file, also administrators',
      '',
    ]);
    const json = await runLine(['secret', 'list', '--json'], undefined, {
      secrets: () => Promise.resolve(secrets),
    });
    expect(JSON.parse(json.out)).toMatchObject({
      schemaVersion: 1,
      secrets: ['certificates', 'database'],
      details: [{ kind: 'encrypted' }, { kind: 'restricted', readableBy: { account: 'ACME\\svc-qlik$' } }],
    });
  });
});

describe('status --proven-within', () => {
  const provenAgo = (hours: number): SetSummary => ({
    ...SET,
    provenAt: new Date(fakeClock().now().getTime() - hours * 3_600_000).toISOString(),
  });

  it.each([
    ['never proven', SET, 5, /^TOO OLD {2}no set was proven restorable/m],
    [
      'proven too long ago',
      provenAgo(8 * 24),
      5,
      /^TOO OLD {2}last proven restorable \S+, 8 d old \(limit 7d\)/m,
    ],
    ['proven in the future', provenAgo(-24), 5, /its time is in the future/],
    ['proven lately', provenAgo(24), 0, /^ok {7}last proven restorable/m],
  ])('%s', async (_what, set, expected, words) => {
    const { code, out } = await runLine(
      ['status', '--proven-within', '7d', '--max-age', '9d'],
      siteWithSets([set]),
    );
    expect(out).toMatch(words);
    expect(code).toBe(expected);
  });

  it('without the flag is only told', async () => {
    const { code, out } = await runLine(['status'], siteWithSets([SET]));
    expect(code).toBe(0);
    expect(out).toMatch(/^note {5}no set was proven restorable/m);
    const json = await runLine(['status', '--json'], siteWithSets([provenAgo(24)]));
    expect(JSON.parse(json.out)).toMatchObject({
      lastProven: { set: SET.id },
      provenAgeMs: 24 * 3_600_000,
      provenWithinMs: null,
      provenTooOld: null,
    });
  });

  it('refuses what is no duration', async () => {
    expect((await runLine(['status', '--proven-within', 'lately'])).error).toBeInstanceOf(UsageError);
  });
});
