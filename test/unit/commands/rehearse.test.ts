import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { CommandContext } from '../../../src/commands/context.ts';
import { PreflightError, UsageError } from '../../../src/contract/errors.ts';
import { samplePlan, sampleRun, sampleStep } from '../report/samples.ts';
import { fakeEngine, fakeSite, method, runLine, sampleResult } from './fake-context.ts';

const FIRST = 'REHEARSAL on a simulated copy of acme: nothing of the real site is touched.';
const LAST = 'This was a REHEARSAL on a simulated copy: nothing of the real site was touched.';

/** The real site must not even be opened. */
const real = (changes: Partial<CommandContext> = {}): Partial<CommandContext> => ({
  openSite: () => Promise.reject(new Error('the real site was opened')),
  waitingRun: () => Promise.resolve(undefined),
  ...changes,
});

describe('run --simulate', () => {
  it('runs on the copy with everything approved, and says first and last what it was', async () => {
    const copy = fakeSite();
    const { code, out, err, error } = await runLine(
      ['run', 'backup', '--simulate', '--set', 'quiesce=none', '--guided'],
      copy,
      real(),
    );
    expect(error).toBeUndefined();
    expect(code).toBe(0);
    expect(method(copy, 'plan')).toHaveBeenCalledWith(
      { runbook: 'backup', params: { quiesce: 'none' } },
      expect.anything(),
    );
    expect(method(copy.engine, 'run')).toHaveBeenCalledWith(
      expect.anything(),
      expect.objectContaining({ approvals: { change: true, destroy: 'acme' }, guided: true }),
    );
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toBe(FIRST);
    expect(lines.at(-1)).toBe(LAST);
    expect(err).toBe('');
  });

  it('is there for backup too, with its parameters', async () => {
    const copy = fakeSite();
    expect((await runLine(['backup', '--simulate', '--quiesce', 'none'], copy, real())).code).toBe(0);
    expect(method(copy, 'plan')).toHaveBeenCalledWith(
      { runbook: 'backup', params: { quiesce: 'none' } },
      expect.anything(),
    );
  });

  it('names no report and no next command, since nothing of the copy is left, and calls no real site down', async () => {
    const failed = sampleResult({
      outcome: 'failed',
      exitCode: 7,
      error: { name: 'SiteDownError', message: 'services are down' },
    });
    const left = sampleRun({ id: 'r1', outcome: 'failed', holdsSite: true, next: ['recover'] });
    const engine = fakeEngine({
      run: () => Promise.resolve(failed),
      unfinished: () => Promise.resolve(left),
      runs: () => Promise.resolve([left]),
    });
    const { code, out, err } = await runLine(['run', 'backup', '--simulate'], fakeSite({ engine }), real());
    expect(code).toBe(7);
    expect(out + err).not.toMatch(/Report:|sense-runbook (recover|resume)|THE SITE IS NOT UP/);
    expect(err).toContain('services are down');
    expect(out.trimEnd().endsWith(LAST)).toBe(true);
  });

  it('says so in the first and the last document with --json', async () => {
    const { out } = await runLine(['--json', 'run', 'backup', '--simulate'], fakeSite(), real());
    const documents = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(documents[0]).toEqual({ schemaVersion: 1, type: 'rehearsal', message: FIRST });
    expect(documents.at(-1)).toMatchObject({ type: 'result', exitCode: 0, rehearsal: LAST });
  });

  it('only prints the plan of the copy with --dry-run, and says on stderr what it is of', async () => {
    const copy = fakeSite();
    const { code, out, err } = await runLine(['run', 'backup', '--simulate', '--dry-run'], copy, real());
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe('Back up the site (backup)');
    const lines = err.trimEnd().split('\n');
    expect(lines[0]).toBe(FIRST);
    expect(lines.at(-1)).toBe(LAST);
    expect(method(copy.engine, 'run')).not.toHaveBeenCalled();
  });

  it('prints one document, the plan, with --dry-run and --json', async () => {
    const { out, err } = await runLine(
      ['--json', 'run', 'backup', '--simulate', '--dry-run'],
      fakeSite(),
      real(),
    );
    expect(JSON.parse(out)).toMatchObject({ runbook: { name: 'backup' } });
    expect(err).toBe('');
  });

  it('says it also when the copy cannot be built, whose error is the one told', async () => {
    const rehearse: CommandContext['rehearse'] = (work) =>
      work('acme', () => Promise.reject(new PreflightError('no PostgreSQL')));
    const { out, error } = await runLine(['run', 'backup', '--simulate'], fakeSite(), real({ rehearse }));
    expect(error).toMatchObject({ exitCode: 3, message: 'no PostgreSQL' });
    expect(out.startsWith(FIRST)).toBe(true);
    expect(out.trimEnd().endsWith(LAST)).toBe(true);
  });

  const wants = (uses: string) =>
    vi.fn((_request: { readonly runbook: string }) => {
      const step = sampleStep('look', { uses });
      const section = { id: 'look', preflight: true, restart: 'step', items: [step] } as const;
      return Promise.resolve({ plan: samplePlan({ sections: [section] }), secretParams: {} });
    });

  it.each(['check.safety-backup', 'check.restore', 'check.drill'])(
    'backs the copy up first, proven, where %s looks for a set, and plans once more with it',
    async (uses) => {
      const plan = wants(uses);
      const run = vi.fn((_plan: unknown, _options: object) => Promise.resolve(sampleResult()));
      const copy = fakeSite({ plan, engine: fakeEngine({ run }) });
      const { code, out } = await runLine(['run', 'upgrade', '--simulate', '--guided'], copy, real());
      expect(code).toBe(0);
      expect(out.split('\n')[2]).toBe('Backing up the copy first, as the set that is needed.');
      expect(plan.mock.calls.map(([request]) => request)).toEqual([
        { runbook: 'upgrade', params: {} },
        { runbook: 'backup', params: { drill: 'always' } },
        { runbook: 'upgrade', params: {} },
      ]);
      const approvals = { change: true, destroy: 'acme' };
      expect(run.mock.calls.map(([, options]) => options)).toMatchObject([
        { approvals, guided: false },
        { approvals, guided: true },
      ]);
    },
  );

  it('goes no further when the copy could not be backed up', async () => {
    const failed = sampleResult({ outcome: 'failed', error: { name: 'X', message: 'no pg_dump' } });
    const engine = fakeEngine({ run: vi.fn(() => Promise.resolve(failed)) });
    const copy = fakeSite({ plan: wants('check.restore'), engine });
    const { error } = await runLine(['run', 'restore-same-host', '--simulate'], copy, real());
    expect(error).toMatchObject({ message: 'the copy could not be backed up: no pg_dump' });
    expect(method(engine, 'run')).toHaveBeenCalledOnce();
  });

  it('lets Ctrl+C wait for the copy to be removed', async () => {
    const beginEffects = vi.fn();
    await runLine(['run', 'backup', '--simulate'], fakeSite(), real({ beginEffects }));
    expect(beginEffects).toHaveBeenCalledOnce();
  });

  it('takes a saved plan although it holds on the real site only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sense-runbook-rehearse-'));
    const file = join(folder, 'plan.json');
    await writeFile(file, '{}');
    const planned = {
      plan: samplePlan(),
      secretParams: {},
      differences: ['the central node is another one'],
    };
    const copy = fakeSite({ planSaved: vi.fn(() => Promise.resolve(planned)) });
    expect((await runLine(['run', file, '--simulate'], copy, real())).code).toBe(0);
    expect(method(copy.engine, 'run')).toHaveBeenCalledWith(planned.plan, expect.anything());
    await rm(folder, { recursive: true });
  });

  it.each([
    [
      ['run', 'backup', '--simulate', '--dry-run', '--out', 'x.json'],
      '--out is not for --simulate: a plan holds only on the site it was made for',
    ],
    [['run', 'backup', '--simulate', '--out', 'x.json'], '--out is only for --dry-run'],
    [['run', 'backup', '--simulate', '--approve', 'all'], '--approve all is not known'],
  ])('refuses %j', async (line, message) => {
    const rehearse = vi.fn();
    const { error } = await runLine(line, fakeSite(), real({ rehearse }));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toBe(message);
    expect(rehearse).not.toHaveBeenCalled();
  });
});
