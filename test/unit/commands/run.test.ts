import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { appendHistory } from '../../../src/vault/history.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import type { CommandContext } from '../../../src/commands/context.ts';
import { UsageError } from '../../../src/contract/errors.ts';
import type { RunResult } from '../../../src/engine/types.ts';
import { sampleRun } from '../report/samples.ts';
import { runOptions } from '../../../src/commands/execute.ts';
import { fakeEngine, fakeSite, method, runLine, sampleResult, SET } from './fake-context.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sense-runbook-commands-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const asker = (answer: boolean): CommandContext['asker'] => ({
  canAsk: true,
  approve: () => Promise.resolve(answer),
  step: () => Promise.resolve('go'),
  guide: () => Promise.resolve({ answer: 'run' }),
  show: () => Promise.resolve(),
  confirm: vi.fn(() => Promise.resolve(answer)),
  text: () => Promise.resolve(''),
  secret: () => Promise.resolve(''),
});

describe('run', () => {
  it('hands parameters, approvals and modes on', async () => {
    const site = fakeSite();
    const line = [
      'run',
      'backup',
      '--set',
      'quiesce=none',
      '--set',
      'jobs=2',
      '--approve',
      'destroy=acme',
      '--guided',
      '--strict',
    ];
    expect((await runLine(line, site)).code).toBe(0);
    expect(method(site, 'plan')).toHaveBeenCalledWith(
      { runbook: 'backup', params: { quiesce: 'none', jobs: '2' } },
      expect.anything(),
    );
    expect(method(site.engine, 'run')).toHaveBeenCalledWith(
      expect.objectContaining({ site: 'acme' }),
      expect.objectContaining({ approvals: { change: true, destroy: 'acme' }, guided: true, strict: true }),
    );
  });

  it.each([
    [{ guided: true }, false, true],
    [{}, true, false],
    [{ guidedByDefault: true }, true, true],
    [{ guidedByDefault: true }, false, false],
    [{ guidedByDefault: true, guided: false }, true, false],
  ])('is guided with %j and a terminal %s: %s', (flags, canAsk, guided) => {
    const never = new AbortController().signal;
    const context = {
      asker: { ...asker(true), canAsk },
      signal: never,
      hurry: never,
      flags: { strict: false },
    };
    expect(runOptions(context as unknown as CommandContext, flags).guided).toBe(guided);
  });

  it('says of a rollback that came to nothing that the run is still done', async () => {
    const result = sampleResult({
      outcome: 'failed',
      exitCode: 1,
      error: { name: 'Error', message: 'no answer' },
    });
    const engine = fakeEngine({
      rollback: () => Promise.resolve(result),
      runs: () => Promise.resolve([sampleRun({ id: 'r1', next: ['rollback', 'cleanup'] })]),
    });
    const { err } = await runLine(['rollback', 'r1'], fakeSite({ engine }));
    expect(err).toContain('hint: run r1 is done, can be put back and keeps old data; possible: ');
  });

  it('says how it ended, how long the site was down, and where the report is', async () => {
    const vault = { ...fakeSite().vault, list: () => Promise.resolve([{ ...SET, run: 'r1' }]) };
    const result = sampleResult({ warnings: [{ message: 'a log file vanished', hint: 'none' }] });
    const engine = fakeEngine({ run: () => Promise.resolve(result) });
    const { out, err } = await runLine(['run', 'backup', '--yes'], fakeSite({ vault, engine }));
    expect(out).toBe(`Done, with 1 warning, in 3 min 5 s (run r1)
Site down: 52 s (first stop to ready again)
Quiet: 40 s (last service stopped to first start)
Backup set: 20261124T010000Z-ab12cd (complete, 1.0 kB)
warning: a log file vanished
  hint: none
Report: sense-runbook runs report r1
`);
    expect(err).toBe('');
  });

  it('says what the set added, and what a drill in the run found', async () => {
    const path = temporaryFolder();
    const drill = {
      schemaVersion: 1,
      kind: 'drill',
      verdict: 'passed',
      at: '2026-11-24T01:00:00.000Z',
      durationMs: 9000,
      restoreMs: 2300,
      manifestSha256: 'a',
      differences: [],
      host: 'qs1',
      tool: 'sense-runbook 0.1.0',
    } as const;
    await appendHistory(path, { ...drill, run: 'r1' });
    await appendHistory(path, { ...drill, run: 'r2', verdict: 'failed' });
    await appendHistory(path, { ...drill, run: 'r4', lacks: ['certificates'] });
    const vault = {
      ...fakeSite().vault,
      list: () => Promise.resolve([{ ...SET, path, run: 'r1', bytesNew: 300 }]),
      histories: () => Promise.resolve([{ set: SET.id, folder: path }]),
    };
    const endOf = async (run: string) =>
      (await runLine(['run', 'backup', '--yes'], fakeSite({ vault, engine: engineOf(run) }))).out;
    expect(await endOf('r1')).toContain(`Backup set: ${SET.id} (complete, 1.0 kB, 300 B of it new)
Proven restorable: ${SET.id} (databases restored in 2.3 s)`);
    expect(await endOf('r2')).toContain(`NOT PROVEN: ${SET.id}`);
    expect(await endOf('r4')).toContain(
      `Proven restorable, what is in it: ${SET.id} (databases restored in 2.3 s); it has no certificates`,
    );
    expect(await endOf('r3')).not.toMatch(/proven/i);
    const document = await runLine(
      ['--json', 'run', 'backup', '--yes'],
      fakeSite({ vault, engine: engineOf('r1') }),
    );
    expect(JSON.parse(document.out)).toMatchObject({ drill: { set: SET.id, verdict: 'passed' } });

    function engineOf(run: string) {
      return fakeEngine({ run: () => Promise.resolve(sampleResult({ run })) });
    }
  });

  const failed: RunResult = sampleResult({
    outcome: 'failed',
    exitCode: 7,
    error: {
      name: 'SiteDownError',
      message: 'services are down',
      hint: 'start them',
      changed: 'services stopped',
    },
  });
  const afterFailure = sampleRun({
    id: 'r1',
    outcome: 'failed',
    holdsSite: true,
    next: ['resume', 'rollback'],
  });

  function failingSite() {
    const unfinished = vi.fn().mockResolvedValueOnce(undefined).mockResolvedValue(afterFailure);
    return fakeSite({ engine: fakeEngine({ run: () => Promise.resolve(failed), unfinished }) });
  }

  it('says that the site is still down where a run ended within what leaves it half changed', async () => {
    const half = { ...afterFailure, halfChanged: true as const };
    const stopped: RunResult = { ...failed, exitCode: 75, outcome: 'stopped', downtime: { unknown: true } };
    const unfinished = vi.fn().mockResolvedValueOnce(undefined).mockResolvedValue(half);
    const site = fakeSite({ engine: fakeEngine({ run: () => Promise.resolve(stopped), unfinished }) });
    const { out } = await runLine(['run', 'backup', '--yes'], site);
    expect(out).toContain('\nSite down: not over: services that were stopped may still be down\n');
  });

  it('tells first and loudest that the site is not up, then what was changed and what is next', async () => {
    const { code, out, err } = await runLine(['run', 'backup', '--yes'], failingSite());
    expect(code).toBe(7);
    expect(out).toContain('\nSite down: not over: services that were stopped may still be down\n');
    expect(err).toBe(`${'*'.repeat(80)}
THE SITE IS NOT UP: services that were running could not be started again.
${'*'.repeat(80)}
error: services are down
changed: services stopped
hint: start them
hint: run r1 (backup) failed; next: sense-runbook resume r1 or sense-runbook rollback r1
`);
  });

  it('says after a failure that left nothing behind that a new run may begin', async () => {
    const result = sampleResult({
      outcome: 'failed',
      exitCode: 1,
      error: { name: 'StepError', message: 'the disk is full' },
    });
    const ended = sampleRun({ id: 'r1', outcome: 'failed', holdsSite: false, next: ['resume'] });
    const engine = fakeEngine({
      run: () => Promise.resolve(result),
      runs: () => Promise.resolve([ended]),
    });
    const { code, err } = await runLine(['run', 'backup', '--yes'], fakeSite({ engine }));
    expect(code).toBe(1);
    expect(err).toBe(`error: the disk is full
hint: the site is free for a new run; to go on with this one: sense-runbook resume r1
`);
  });

  it('writes nothing but JSON with --json, the error on stderr', async () => {
    const { code, out, err } = await runLine(['--json', 'run', 'backup', '--yes'], failingSite());
    expect(code).toBe(7);
    expect(JSON.parse(out)).toMatchObject({ type: 'result', run: 'r1', exitCode: 7 });
    expect(JSON.parse(err)).toEqual({
      error: {
        code: 7,
        name: 'SiteDownError',
        message: 'services are down',
        hint: 'start them\nrun r1 (backup) failed; next: sense-runbook resume r1 or sense-runbook rollback r1',
        changed: 'services stopped',
      },
    });
  });

  it('only plans with --dry-run', async () => {
    const site = fakeSite();
    const { code, out } = await runLine(['run', 'backup', '--dry-run'], site);
    expect(code).toBe(0);
    expect(out).toContain('Back up the site (backup)\nSite: acme\n');
    expect(method(site.engine, 'run')).not.toHaveBeenCalled();
  });

  it.each([
    ['--out', 'x.json'],
    ['--format', 'html'],
  ])('refuses %s without --dry-run', async (...flag) => {
    expect((await runLine(['run', 'backup', ...flag])).error).toBeInstanceOf(UsageError);
  });

  it('refuses a wrong approval before the site is opened', async () => {
    const openSite = vi.fn();
    const { error } = await runLine(['run', 'backup', '--approve', 'everything'], undefined, { openSite });
    expect(error).toBeInstanceOf(UsageError);
    expect(openSite).not.toHaveBeenCalled();
  });
});

describe('run after a run that was cut off', () => {
  const lost = sampleRun({ id: 'r0', outcome: 'lost', holdsSite: true, next: ['recover'] });

  function lostSite() {
    const order: string[] = [];
    const engine = fakeEngine({
      unfinished: () => Promise.resolve(order.length === 0 ? lost : undefined),
      recover: () => {
        order.push('recover');
        return Promise.resolve(sampleResult({ run: 'r0', outcome: 'failed' }));
      },
      run: () => {
        order.push('run');
        return Promise.resolve(sampleResult());
      },
    });
    return { site: fakeSite({ engine }), order };
  }

  it('recovers it first when nobody watches', async () => {
    const { site, order } = lostSite();
    const { err } = await runLine(['backup', '--yes'], site);
    expect(order).toEqual(['recover', 'run']);
    expect(err).toContain(
      'note: run r0 (backup) was cut off, and services it stopped may be down; next: sense-runbook recover\n',
    );
  });

  it('asks a person first', async () => {
    const { site, order } = lostSite();
    await runLine(['backup'], site, { asker: asker(true) });
    expect(order).toEqual(['recover', 'run']);
  });

  it('leaves it to the engine to refuse when the person does not want that', async () => {
    const { site, order } = lostSite();
    await runLine(['backup'], site, { asker: asker(false) });
    expect(order).toEqual(['run']);
  });

  it('does not recover for a dry run', async () => {
    const { site, order } = lostSite();
    await runLine(['backup', '--dry-run'], site);
    expect(order).toEqual([]);
  });
});

describe('backup', () => {
  it('is run backup with the parameters as flags', async () => {
    const site = fakeSite();
    await runLine(['backup', '--quiesce', 'none', '--format', 'custom', '--yes'], site);
    expect(method(site, 'plan')).toHaveBeenCalledWith(
      { runbook: 'backup', params: { quiesce: 'none', format: 'custom' } },
      expect.anything(),
    );
    expect(method(site.engine, 'run')).toHaveBeenCalledOnce();
  });
});

describe('plan', () => {
  it('saves a plan that only its owner may read', async () => {
    const file = join(folder, 'a saved plan.json');
    const { code, err } = await runLine(['plan', 'backup', '--out', file]);
    expect(code).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ schemaVersion: 1, site: 'acme' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(err).toBe(`saved: ${file}; run it with: sense-runbook run "${file}"\n`);
  });

  it('ends with 3 when a check fails, and with 8 for warnings when strict', async () => {
    const failing = fakeEngine({
      preflight: () => Promise.resolve([{ id: 'a', status: 'failed' as const, message: 'down' }]),
    });
    const warning = fakeEngine({
      preflight: () => Promise.resolve([{ id: 'a', status: 'warning' as const, message: 'soon' }]),
    });
    expect((await runLine(['plan', 'backup'], fakeSite({ engine: failing }))).code).toBe(3);
    expect((await runLine(['plan', 'backup', '--strict'], fakeSite({ engine: warning }))).code).toBe(8);
    expect((await runLine(['plan', 'backup'], fakeSite({ engine: warning }))).code).toBe(0);
  });

  it('gives one JSON document', async () => {
    const { out, err } = await runLine(['plan', 'backup', '--json']);
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, runbook: { name: 'backup' } });
    expect(err).toBe('');
  });
});

describe('resume and rollback', () => {
  it('hand the run on', async () => {
    const site = fakeSite();
    await runLine(['resume', 'r7', '--yes'], site);
    await runLine(['rollback', '--approve', 'change'], site);
    expect(method(site.engine, 'resume')).toHaveBeenCalledWith(
      'r7',
      expect.objectContaining({ approvals: { change: true } }),
    );
    expect(method(site.engine, 'rollback')).toHaveBeenCalledWith(
      undefined,
      expect.objectContaining({ approvals: { change: true } }),
    );
  });
});
