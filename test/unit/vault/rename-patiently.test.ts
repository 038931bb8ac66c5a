import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renamePatiently } from '../../../src/vault/rename-patiently.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

/** Fails so often, with that code; then it renames. */
function lockedFor(times: number, code = 'EPERM') {
  let calls = 0;
  const call = (from: string, to: string): Promise<void> => {
    calls += 1;
    return calls > times ? rename(from, to) : Promise.reject(Object.assign(new Error(code), { code }));
  };
  return { call, calls: () => calls };
}

function twoPaths(): [string, string] {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'x'));
  writeFileSync(join(folder, 'x', 'new'), 'content');
  return [join(folder, 'x', 'new'), join(folder, 'x', 'there')];
}

describe('renaming', () => {
  it('is tried again on Windows while another program has the file open', async () => {
    const [from, to] = twoPaths();
    const { call, calls } = lockedFor(3);
    await renamePatiently(from, to, { rename: call, windows: true, clock: createManualClock() });
    expect([readFileSync(to, 'utf8'), calls()]).toEqual(['content', 4]);
  });

  it('gives up after some seconds', async () => {
    const clock = createManualClock();
    const begun = clock.monotonic();
    const held = lockedFor(Number.POSITIVE_INFINITY, 'EBUSY');
    const renaming = renamePatiently(...twoPaths(), { rename: held.call, windows: true, clock });
    await expect(renaming).rejects.toMatchObject({ code: 'EBUSY' });
    expect(clock.monotonic() - begun).toBe(5000);
  });

  it.each([
    ['elsewhere', 'EPERM', false],
    ['when something else is wrong', 'ENOSPC', true],
  ])('is tried once %s', async (_where, code, windows) => {
    const { call, calls } = lockedFor(1, code);
    const renaming = renamePatiently(...twoPaths(), { rename: call, windows, clock: createManualClock() });
    await expect(renaming).rejects.toMatchObject({ code });
    expect(calls()).toBe(1);
  });
});
