import { describe, expect, it } from 'vitest';
import { sampleRun } from '../report/samples.ts';
import { fakeEngine, fakeSite, method, runLine, sampleResult, SET } from './fake-context.ts';

const down = sampleResult({
  outcome: 'failed',
  exitCode: 7,
  error: { name: 'SiteDownError', message: 'services are down' },
});

describe('how a run ended is told', () => {
  it('also when the vault cannot be listed and the history cannot be read', async () => {
    const site = fakeSite({
      engine: fakeEngine({
        run: () => Promise.resolve(down),
        unfinished: () => Promise.resolve(undefined),
        runs: () => Promise.reject(new Error('the disk is gone')),
      }),
    });
    site.vault.list = () => Promise.reject(new Error('the share is gone'));
    const { code, err } = await runLine(['backup', '--yes'], site);
    expect(code).toBe(7);
    expect(err).toContain('THE SITE IS NOT UP');
    expect(err).toContain('note: the backup sets could not be listed: the share is gone\n');
  });

  it('also when the display fails in the end', async () => {
    const site = fakeSite({ engine: fakeEngine({ run: () => Promise.resolve(down) }) });
    const { code, err } = await runLine(['backup', '--yes'], site, {
      startDisplay: () =>
        Promise.resolve({
          sink: () => undefined,
          pause: () => Promise.resolve(),
          resume: () => undefined,
          finish: () => Promise.reject(new Error('no such terminal')),
        }),
    });
    expect(code).toBe(7);
    expect(err).toContain('THE SITE IS NOT UP');
  });

  it('with the set that became complete, whatever the clock said', async () => {
    const complete = { ...SET, run: 'r1' };
    const later = { ...SET, id: '20261124T020000Z-zz99zz', state: 'incomplete' as const, run: 'r1' };
    const site = fakeSite();
    site.vault.list = () => Promise.resolve([complete, later]);
    const { out } = await runLine(['backup', '--yes'], site);
    expect(out).toContain(`Backup set: ${SET.id} (complete`);
  });
});

describe('a site that an earlier run left down', () => {
  const left = sampleRun({ id: 'r0', outcome: 'failed', holdsSite: true, next: ['recover'] });
  const engineWith = (exitCode: 0 | 7) =>
    fakeEngine({
      unfinished: () => Promise.resolve(left),
      recover: () => Promise.resolve(sampleResult({ ...down, run: 'r0', exitCode })),
    });

  it('is recovered before the next run, also when that earlier one had ended', async () => {
    const site = fakeSite({ engine: engineWith(0) });
    const recovered: string[] = [];
    site.engine.recover = () => {
      recovered.push('recover');
      return Promise.resolve(sampleResult({ run: 'r0', outcome: 'failed' }));
    };
    const { code } = await runLine(['backup', '--yes'], site);
    expect([recovered, code]).toEqual([['recover'], 0]);
  });

  it('ends the next run with 7 when it still does not come up', async () => {
    const site = fakeSite({ engine: engineWith(7) });
    const { error } = await runLine(['backup', '--yes'], site);
    expect(error).toMatchObject({ name: 'SiteDownError', exitCode: 7 });
    expect((error as Error).message).toContain('services are down');
    expect(method(site.engine, 'run')).not.toHaveBeenCalled();
  });

  it('makes status end with 7', async () => {
    const { code, out } = await runLine(['status'], fakeSite({ engine: engineWith(7) }));
    expect(code).toBe(7);
    expect(out).toContain('DOWN     run ');
  });

  it('is recovered by recover --if-needed', async () => {
    const site = fakeSite({ engine: engineWith(7) });
    expect((await runLine(['recover', '--if-needed'], site)).code).toBe(7);
  });
});

describe('status with a clock that was wrong', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  const set = (sequence: number, createdAt: string) => ({ ...SET, sequence, createdAt });
  const clock = {
    now: () => new Date(now),
    monotonic: () => 0,
    sleep: () => Promise.resolve(),
  };

  it('goes by the newest set, not by the one with the latest time', async () => {
    const site = fakeSite();
    site.vault.list = () =>
      Promise.resolve([set(6, '2026-11-01T01:00:00.000Z'), set(5, '2030-01-01T01:00:00.000Z')]);
    const { code, out } = await runLine(['status'], site, { clock });
    expect(code).toBe(5);
    expect(out).toContain('TOO OLD');
  });

  it('does not call a set from the future a good backup', async () => {
    const site = fakeSite();
    site.vault.list = () => Promise.resolve([set(5, '2030-01-01T01:00:00.000Z')]);
    const { code, out } = await runLine(['status'], site, { clock });
    expect(code).toBe(5);
    expect(out).toContain('2030-01-01');
  });
});
