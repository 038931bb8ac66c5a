import { describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import type { SetSummary } from '../../../src/vault/vault.ts';
import { fakeSite, method, runLine, SET } from './fake-context.ts';

const OLD: SetSummary = {
  ...SET,
  id: '20261120T010000Z-ab12cd',
  createdAt: '2026-11-20T01:00:00.000Z',
  sequence: 1,
};
const NEW: SetSummary = { ...SET, sequence: 2 };

function siteOf(sets: readonly SetSummary[], retention: { last?: number } | null = { last: 1 }) {
  const vault = { ...fakeSite().vault, list: vi.fn(() => Promise.resolve([...sets])) };
  return fakeSite({ retention: retention ?? undefined, vault });
}

describe('backups prune --dry-run', () => {
  it('tells what becomes of each set and why, in 80 columns, and plans nothing', async () => {
    const site = siteOf([OLD, NEW]);
    const { code, out } = await runLine(['backups', 'prune', '--dry-run'], site);
    expect(code).toBe(0);
    expect(out).toBe(`Retention: last 1

SET                      BECOMES  WHY
20261120T010000Z-ab12cd  GOES     past last 1
20261124T010000Z-ab12cd  stays    newest complete; last 1 of 1

1 set of 2 goes
`);
    expect(method(site, 'plan')).not.toHaveBeenCalled();
  });

  it('breaks long reasons within their column', async () => {
    const site = siteOf([OLD, NEW], { last: 1, daily: 1, weekly: 1, monthly: 1, yearly: 1 } as object);
    const { out } = await runLine(['backups', 'prune', '--dry-run'], site);
    expect(out).toMatch(/\n {34}\S/);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('gives the same as one JSON document', async () => {
    const { out } = await runLine(['backups', 'prune', '--dry-run', '--json'], siteOf([OLD, NEW]));
    expect(JSON.parse(out)).toMatchObject({
      schemaVersion: 1,
      policy: { last: 1 },
      blocked: null,
      sets: [
        { set: OLD.id, decision: 'remove', reasons: ['past last 1'] },
        { set: NEW.id, decision: 'keep' },
      ],
    });
  });
});

describe('backups prune', () => {
  it('shows the decisions, then runs the runbook with the given approval', async () => {
    const site = siteOf([OLD, NEW]);
    const { code, err } = await runLine(['backups', 'prune', '--yes'], site);
    expect(code).toBe(0);
    expect(err).toContain('GOES     past last 1');
    expect(method(site, 'plan')).toHaveBeenCalledWith({ runbook: 'prune', params: {} }, expect.anything());
    expect(method(site.engine, 'run')).toHaveBeenCalledWith(
      expect.anything(),
      expect.objectContaining({ approvals: { change: true } }),
    );
  });

  it.each([
    ['without a policy', siteOf([OLD, NEW], null), /^No retention is set/],
    ['when nothing goes', siteOf([NEW]), /Nothing is removed\.\n$/],
  ])('begins no run %s', async (_what, site, words) => {
    const { code, out } = await runLine(['backups', 'prune'], site);
    expect(code).toBe(0);
    expect(out).toMatch(words);
    expect(method(site.engine, 'run')).not.toHaveBeenCalled();
  });

  it('is a warning while the clock is behind, so that --strict tells monitoring', async () => {
    const site = siteOf([OLD, { ...NEW, createdAt: '2099-01-01T00:00:00.000Z' }]);
    const { code, out } = await runLine(['--strict', 'backups', 'prune'], site);
    expect(code).toBe(8);
    expect(out).toMatch(/is behind backup set/);
  });
});

describe('backups prune SET', () => {
  it('plans the one set; approval of a change is not enough to destroy', async () => {
    const site = siteOf([OLD, NEW], null);
    await runLine(['backups', 'prune', OLD.id, '--approve', 'destroy=acme'], site);
    expect(method(site, 'plan')).toHaveBeenCalledWith(
      { runbook: 'prune', params: { set: OLD.id } },
      expect.anything(),
    );
    expect(method(site.engine, 'run')).toHaveBeenCalledWith(
      expect.anything(),
      expect.objectContaining({ approvals: { change: true, destroy: 'acme' } }),
    );
  });

  it.each([
    ['the newest complete set', NEW.id, /newest complete/],
    ['the newest proven set', OLD.id, /newest proven/],
    ['"latest"', 'latest', /no backup set latest/],
  ])('refuses %s before anything is planned', async (_what, set, message) => {
    const site = siteOf([{ ...OLD, provenAt: '2026-11-21T00:00:00.000Z' }, NEW]);
    const { error } = await runLine(['backups', 'prune', set], site);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(message);
    expect((error as UsageError).hint).toBeDefined();
    expect(method(site, 'plan')).not.toHaveBeenCalled();
  });
});
