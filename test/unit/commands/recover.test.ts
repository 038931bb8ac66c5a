import { describe, expect, it } from 'vitest';
import { sampleRun } from '../report/samples.ts';
import { fakeEngine, fakeSite, runLine, sampleResult } from './fake-context.ts';

describe('recover', () => {
  it('calls a recovered run recovered, not failed', async () => {
    const recovered = sampleResult({
      outcome: 'failed',
      error: { name: 'StepError', message: 'The run was killed; what it had stopped runs again.' },
    });
    const site = fakeSite({ engine: fakeEngine({ recover: () => Promise.resolve(recovered) }) });
    const { code, out, err } = await runLine(['recover'], site);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(
      /^Recovered in 3 min 5 s \(run r1\)\nThe run was killed; what it had stopped runs again\.\n/,
    );
    expect((await runLine(['recover', '--json'], site)).err).toBe('');
  });

  it('says that there is nothing to recover, or nothing at all with --if-needed', async () => {
    expect((await runLine(['recover'])).out).toBe('There is nothing to recover.\n');
    const quiet = await runLine(['recover', '--if-needed']);
    expect([quiet.code, quiet.out, quiet.err]).toEqual([0, '', '']);
  });

  it('names what leads on where there is nothing to recover, and the site is half changed', async () => {
    const half = sampleRun({
      ...{ id: 'r0', runbook: 'restore-same-host', outcome: 'interrupted', halfChanged: true },
      ...{ holdsSite: true, next: ['rollback', 'abandon'] },
    });
    const site = fakeSite({ engine: fakeEngine({ unfinished: () => Promise.resolve(half) }) });
    const { code, out, err } = await runLine(['recover'], site);
    expect([code, out]).toEqual([0, 'There is nothing to recover.\n']);
    expect(err).toBe(
      'hint: run r0 (restore-same-host) was interrupted, and the site is half changed: its services stay down until then; ' +
        'next: sense-runbook rollback r0 or sense-runbook runs abandon r0\n',
    );
  });

  it('has one line of JSON when there is nothing to do, with --if-needed and without', async () => {
    const site = fakeSite();
    const wanted = '{"schemaVersion":1,"type":"nothing"}\n';
    expect((await runLine(['recover', '--if-needed', '--json'], site)).out).toBe(wanted);
    expect((await runLine(['recover', '--json'], site)).out).toBe(wanted);
  });
});
