import { describe, expect, it, vi } from 'vitest';
import type { Kept } from '../../../src/engine/types.ts';
import { fakeEngine, fakeSite, method, runLine } from './fake-context.ts';

const KEPT: Kept = {
  step: 'swap',
  node: 'central',
  attempt: 1,
  title: 'Swap the databases',
  bytes: 1_200_000_000,
  operations: [
    { kind: 'sql', database: 'postgres', text: 'DROP DATABASE "QSR_before_r1"', effect: 'destroy' },
  ],
  notes: ['nobody uses it'],
  lines: [],
};
const GONE: Kept = { ...KEPT, step: 'share', title: 'Restore the share', operations: [] };

function siteOf(kept: readonly Kept[]) {
  return fakeSite({ engine: fakeEngine({ kept: vi.fn(() => Promise.resolve(kept)) }) });
}

describe('cleanup --dry-run', () => {
  it('tells what goes and how large it is, and removes nothing', async () => {
    const site = siteOf([KEPT, GONE]);
    const { code, out } = await runLine(['cleanup', 'r1', '--dry-run'], site);
    expect(code).toBe(0);
    expect(out).toBe(`Run r1 keeps, so that it can be rolled back:

  Swap the databases (central): 1.2 GB
    note: nobody uses it
    > SQL in postgres: DROP DATABASE "QSR_before_r1"

In all: 1.2 GB
When it is removed the run can no longer be rolled back.
`);
    expect(method(site.engine, 'cleanup')).not.toHaveBeenCalled();
  });

  it('says so when nothing is kept any more', async () => {
    const { out } = await runLine(['cleanup', 'r1', '--dry-run'], siteOf([GONE]));
    expect(out).toBe('Run r1 keeps nothing any more.\n');
  });

  it('gives the same as one JSON document', async () => {
    const { out } = await runLine(['cleanup', 'r1', '--dry-run', '--json'], siteOf([KEPT]));
    expect(JSON.parse(out)).toMatchObject({
      schemaVersion: 1,
      run: 'r1',
      bytes: 1_200_000_000,
      kept: [{ step: 'swap', node: 'central', operations: [{ kind: 'sql' }] }],
    });
  });
});

describe('cleanup', () => {
  it('shows what goes, then removes it with the given approval', async () => {
    const site = siteOf([KEPT]);
    const { code, err, out } = await runLine(['cleanup', 'r1', '--approve', 'destroy=acme'], site);
    expect(code).toBe(0);
    expect(err).toContain('DROP DATABASE "QSR_before_r1"');
    expect(out).toContain('Done in 3 min 5 s (run r1)');
    expect(method(site.engine, 'cleanup')).toHaveBeenCalledWith(
      'r1',
      expect.objectContaining({ approvals: { change: true, destroy: 'acme' } }),
    );
  });

  it('wants the run named', async () => {
    const { error } = await runLine(['cleanup']);
    expect(String(error)).toContain("missing required argument 'run'");
  });
});
