import { describe, expect, it } from 'vitest';
import { notTheSame } from '../../../src/actions/config-same.ts';
import { ExpectedError } from '../../../src/contract/errors.ts';
import { restore, type Changes } from './check-restore-lab.ts';
import { fakeNode, type FakeNode } from './harness.ts';
import { windowsAnswer } from './windows-answer.ts';

const NODE = { name: 'central', host: 'qs1.example' };
const PATCHED = 'May 2025 Patch 3';

describe('configuration files of a set', () => {
  it.each([
    ['the release that is installed, however it is spelled', PATCHED, ' may 2025  patch 3'],
    ['a release that the set does not tell', undefined, PATCHED],
    ['a release that is not known here', PATCHED, undefined],
  ])('fit %s', (_what, release, installed) => {
    const set = { host: 'QS1', ...(release !== undefined && { release }) };
    expect(notTheSame(set, NODE, installed)).toBeUndefined();
  });

  it.each([
    [{ host: 'qs1', release: PATCHED }, `are those of ${PATCHED}, and qs1.example has May 2025.`],
    [{ host: 'qs2.example', release: 'May 2025' }, 'are those of qs2.example, and this is qs1.example.'],
    [{ release: 'May 2025' }, 'has no configuration files of a node central.'],
  ])('do not fit another release, host or node, with advice that the runbook can do: %j', (set, words) => {
    const refused = notTheSame(set, NODE, 'May 2025');
    expect(refused?.message).toContain(words);
    expect(refused?.hint).toContain('--config show');
    expect(JSON.stringify(refused)).not.toMatch(/merge/i);
  });
});

describe('check.restore of files that are put in place', () => {
  const windows = (release?: string) => ({
    discover: () => Promise.resolve(windowsAnswer(release === undefined ? {} : { release })),
  });
  const rim = (more: object = {}): FakeNode =>
    Object.assign(fakeNode({ name: 'rim1', host: 'qs2.example', role: 'rim' }), more);
  const nodes = ['central', 'rim1'].map((name, index) => ({ name, host: `qs${String(index + 1)}.example` }));
  const manifest = (release: string) => ({
    manifest: {
      site: {
        name: 'demo',
        release,
        nodes: nodes.map((node, index) => ({ ...node, role: index === 0 ? 'central' : 'rim' })),
        share: [{ folder: 'share', original: '/share' }],
      },
      files: [],
    },
  });
  async function found(changes: Changes, input: object = { config: 'same' }) {
    const { checks, left } = await restore(changes, { only: 'config', ...input });
    expect(left.filter(({ kind }) => kind === 'command')).toEqual([]);
    return checks.filter(({ id }) => id === 'restore-config-same');
  }

  it('takes the release that is installed, not that of the site file', async () => {
    const set = { ...manifest(PATCHED), windows: windows(PATCHED) };
    expect(await found(set)).toMatchObject([{ status: 'ok' }]);
    expect(await found({ ...set, others: [rim(windows(PATCHED))] })).toMatchObject([{ status: 'ok' }]);
    expect(await found(set, {})).toEqual([]);
    expect(await found(set, { config: 'same', only: 'share' })).toEqual([]);
  });

  it('names the node that has another one, or does not tell, before a plan is made', async () => {
    const set = { ...manifest(PATCHED), windows: windows(PATCHED) };
    expect(await found({ ...set, others: [rim(windows('May 2025'))] })).toMatchObject([
      {
        status: 'failed',
        node: 'rim1',
        message: expect.stringContaining('qs2.example has May 2025') as string,
      },
    ]);
    const off = rim({ discover: () => Promise.reject(new ExpectedError('is off')) });
    expect(await found({ ...set, others: [off] })).toMatchObject([
      { status: 'failed', node: 'rim1', message: expect.stringContaining('is off') as string },
    ]);
  });
});
