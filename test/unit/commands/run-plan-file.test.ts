import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { PreflightError } from '../../../src/contract/errors.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { samplePlan } from '../report/samples.ts';
import { fakeSite, method, runLine } from './fake-context.ts';

describe('run with a plan file', () => {
  it('executes a saved plan that still holds, with its secrets given again', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'plan.json');
    await writeFile(file, '{"a":1}');
    const planned = { plan: samplePlan(), secretParams: { token: 's' }, differences: [] };
    const site = fakeSite({ planSaved: vi.fn(() => Promise.resolve(planned)) });
    expect((await runLine(['run', file, '--set', 'token=s', '--yes'], site)).code).toBe(0);
    expect(method(site, 'planSaved')).toHaveBeenCalledWith(
      { text: '{"a":1}', file },
      { token: 's' },
      expect.anything(),
    );
    expect(method(site.engine, 'run')).toHaveBeenCalledWith(
      planned.plan,
      expect.objectContaining({ secretParams: { token: 's' } }),
    );
  });

  it('refuses a saved plan that no longer holds, and names what differs', async () => {
    const file = join(temporaryFolder(), 'stale.json');
    await writeFile(file, '{}');
    const planned = { plan: samplePlan(), secretParams: {}, differences: ['release: was 1, is 2'] };
    const site = fakeSite({ planSaved: () => Promise.resolve(planned) });
    const { error } = await runLine(['run', file, '--yes'], site);
    expect(error).toBeInstanceOf(PreflightError);
    expect(String(error)).toContain('  release: was 1, is 2');
    expect(method(site.engine, 'run')).not.toHaveBeenCalled();
  });

  it('reads the runbooks of a site only where a file has the name that is asked for', async () => {
    const folder = temporaryFolder();
    const runbooks = vi.fn(() => Promise.resolve([{ name: 'backup', file: '/r/backup.yaml', title: '' }]));
    const planned = fakeSite();
    expect((await runLine(['run', 'backup', '--yes'], planned, { runbooks, cwd: folder })).code).toBe(0);
    expect(runbooks).not.toHaveBeenCalled();

    await writeFile(join(folder, 'backup'), '{}');
    await writeFile(join(folder, 'tonight'), '{}');
    const named = fakeSite();
    expect((await runLine(['run', 'backup', '--yes'], named, { runbooks, cwd: folder })).code).toBe(0);
    expect(method(named, 'planSaved')).not.toHaveBeenCalled();
    await runLine(['run', 'tonight', '--yes'], named, { runbooks, cwd: folder });
    expect(method(named, 'planSaved')).toHaveBeenCalled();
  });

  it('says so when the plan file is not there', async () => {
    expect((await runLine(['run', join(temporaryFolder(), 'none.json')])).error).toMatchObject({
      name: 'UsageError',
      hint: 'Write one with: sense-runbook plan RUNBOOK --out FILE',
    });
  });
});
