import { describe, expect, it } from 'vitest';
import { createReleaseCheck } from '../../../src/actions/release-check.ts';
import { ExpectedError } from '../../../src/contract/errors.ts';
import { contextFor, fakeNode, runAction, type FakeNode } from './harness.ts';
import { windowsAnswer } from './windows-answer.ts';

/** A node of Windows with this in Programs and Features. */
function windows(release?: string): FakeNode {
  const answer = windowsAnswer(release === undefined ? {} : { release });
  return Object.assign(fakeNode(), { discover: () => Promise.resolve(answer) });
}

const check = (release: string, node: FakeNode) => runAction(createReleaseCheck(), { release }, { node });

describe('release.check', () => {
  it('gives the release that is installed, however it was spelled, by the one look of the plan', async () => {
    const { outputs, plan, left } = await check(' may  2025 patch 3', windows('May 2025 Patch 3'));
    expect(outputs).toEqual({ release: 'May 2025 Patch 3' });
    expect(plan.operations.map(({ effect }) => effect)).toEqual(['read']);
    expect(left).toEqual([]);
  });

  it.each([
    ['another release', 'May 2025', 'February 2024', 'has February 2024, not May 2025'],
    ['the release without its patch', 'May 2025 Patch 3', 'May 2025', 'has May 2025, not May 2025 Patch 3'],
    ['a patch that was to go', 'May 2025', 'May 2025 Patch 3', 'has May 2025 Patch 3, not May 2025'],
    ['nothing that Windows names', 'May 2025', undefined, 'has no release that is known, not May 2025'],
  ])('fails on a node with %s, and names both', async (_what, wanted, installed, message) => {
    await expect(check(wanted, windows(installed))).rejects.toMatchObject({
      message: `qs1.example ${message}`,
      hint: expect.stringContaining('manual 3.7, p. 173') as string,
    });
  });

  it('of a node that cannot be asked warns, in the plan too, and does not claim that it was seen', async () => {
    const { outputs, warnings, plan } = await check('May 2025', fakeNode());
    expect(outputs).toEqual({ release: null });
    expect(warnings).toEqual(['What is installed on qs1.example cannot be asked.']);
    expect(plan).toEqual({
      operations: [],
      notes: ['What is installed on central cannot be asked.'],
    });
  });

  it('fails when the node does not answer', async () => {
    const node = Object.assign(fakeNode(), { discover: () => Promise.reject(new ExpectedError('is off')) });
    await expect(check('May 2025', node)).rejects.toThrow('is off');
  });

  it('is taken again by a run that goes on', async () => {
    const state = await createReleaseCheck().check({ release: 'May 2025' }, null, contextFor(fakeNode()));
    expect(state).toBe('not-done');
  });
});
