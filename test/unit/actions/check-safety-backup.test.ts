import { describe, expect, it } from 'vitest';
import { createCheckSafetyBackup } from '../../../src/actions/check-safety-backup.ts';
import { ExpectedError } from '../../../src/contract/errors.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Manifest, SetSummary } from '../../../src/vault/vault.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { fakeScratch, parts } from './fakes.ts';
import { checksOf, failed, fakeNode, statuses } from './harness.ts';
import { windowsAnswer } from './windows-answer.ts';

const HOUR = 3_600_000;
/** Two hours before the clock of the tests. */
const MADE = '2026-11-24T00:00:00.000Z';
const SET: SetSummary = {
  ...{ id: 'SET', path: '', state: 'complete', createdAt: MADE },
  provenAt: '2026-11-24T01:00:00.000Z',
};
const SITE = {
  name: 'demo',
  release: 'May 2025',
  nodes: [{ name: 'central', host: 'qs1.example', role: 'central' }],
};
const MANIFEST = {
  ...{ createdAt: MADE, manifestSha256: 'abc', site: SITE, trees: [], mutuallyConsistent: true },
  postgres: { server: '14.17', clients: '14.17' },
  databases: [
    {
      ...{ name: 'QSR', database: 'QSR', file: 'databases/QSR_backup.tar', format: 'tar', bytes: 1000 },
      ...{ owner: 'o', encoding: 'UTF8', collate: 'C', ctype: 'C' },
    },
  ],
};

interface Changes {
  readonly sets?: readonly SetSummary[];
  readonly manifest?: object;
  /** What Windows says; absent: it is not asked. */
  readonly installed?: Parameters<typeof windowsAnswer>[0];
  /** What the site file says. */
  readonly release?: string;
  readonly unreadable?: Error;
}

function look(changes: Changes = {}, input: JsonObject = {}) {
  const c = parts();
  c.vault.sets = [...(changes.sets ?? [SET])];
  const { unreadable } = changes;
  if (unreadable !== undefined) c.vault.list = () => Promise.reject(unreadable);
  c.vault.read = () => Promise.resolve({ ...MANIFEST, ...changes.manifest } as unknown as Manifest);
  const { release } = changes;
  const site = release === undefined ? c.site : { ...c.site, qlik: { ...c.site.qlik, release } };
  const action = createCheckSafetyBackup({
    ...{ ...c, site, scratch: fakeScratch(), clock: createManualClock() },
  });
  const { installed } = changes;
  const node = Object.assign(
    fakeNode(),
    installed !== undefined && { discover: () => Promise.resolve(windowsAnswer(installed)) },
  );
  return checksOf(action, { node }, { 'max-age': 24 * HOUR, ...input });
}

async function refusals(changes: Changes, input: JsonObject = {}): Promise<string[]> {
  return failed((await look(changes, input)).checks).map(({ message }) => message);
}

describe('check.safety-backup', () => {
  it('refuses a set without certificates, though all that it has is proven', async () => {
    const { provenAt, ...bare } = SET;
    const set: SetSummary = { ...bare, lacks: ['certificates'], partProvenAt: provenAt ?? '' };
    const said = await refusals({ sets: [set], manifest: { lacks: ['certificates'] } });
    expect(said).toEqual([expect.stringMatching(/has no certificates: it is no whole way back\.$/)]);
  });

  it('gives the set that is the way back, and names it when approval is asked', async () => {
    const { checks, outputs, plan, left } = await look();
    expect(statuses(checks)).toEqual(['safety-backup ok']);
    expect(outputs).toMatchObject({ set: 'SET' });
    expect(plan.outputs).toMatchObject({ set: 'SET' });
    expect(plan.observed).toEqual({ safetyBackup: 'SET' });
    expect(plan.approval).toEqual([expect.stringMatching(/^Way back: restore backup set SET of 20/)]);
    expect(plan.operations.every(({ effect }) => effect === 'read')).toBe(true);
    expect(left).toEqual([]);
  });

  it.each<[what: string, changes: Changes, part: string]>([
    ['of another site', { manifest: { site: { ...SITE, name: 'test' } } }, 'is of the site test'],
    ['made while the site ran', { manifest: { mutuallyConsistent: false } }, 'no backup of one moment'],
    ['that no drill restored', { sets: [without(SET, 'provenAt')] }, 'is not proven restorable'],
    [
      'found damaged since it was proven',
      { sets: [{ ...without(SET, 'provenAt'), failedAt: '2026-11-24T01:30:00.000Z' }] },
      'is not proven restorable',
    ],
    [
      'of another release than what is installed',
      { installed: { release: 'May 2025 Patch 3' } },
      'is of May 2025, and May 2025 Patch 3 is installed',
    ],
    [
      'of another release than the site',
      { release: 'May 2024' },
      'is of May 2025, and May 2024 is installed',
    ],
    ['from the future', { sets: [{ ...SET, createdAt: '2026-11-24T02:00:01.000Z' }] }, 'from the future'],
  ])('refuses a set %s', async (_what, changes, part) => {
    expect(await refusals(changes)).toEqual([expect.stringContaining(part)]);
    expect((await refusals(changes))[0]).toContain('SET');
  });

  it('refuses a set a moment older than what is allowed, and not one of just that age', async () => {
    expect(await refusals({}, { 'max-age': 2 * HOUR })).toEqual([]);
    expect(await refusals({}, { 'max-age': 2 * HOUR - 1 })).toEqual([
      expect.stringMatching(/ is 2 h.* old: .* At most /),
    ]);
  });

  it('names all that is wrong with a set at once', async () => {
    const changes = { sets: [without(SET, 'provenAt')], manifest: { mutuallyConsistent: false } };
    expect(await refusals(changes, { 'max-age': HOUR })).toHaveLength(3);
  });

  it('compares with what is installed, not with a site file that was not changed after an upgrade', async () => {
    const old = { release: 'February 2024' };
    expect(await refusals({ ...old, installed: { release: 'May 2025' } })).toEqual([]);
    expect(await refusals(old)).toHaveLength(1);
  });

  it('says that a set which does not name its release could not be compared', async () => {
    const { checks } = await look({ manifest: { site: without(SITE, 'release') } });
    expect(statuses(checks)).toEqual(['safety-backup warning', 'safety-backup ok']);
    expect(checks[0]?.message).toMatch(/SET.* does not tell of which release it is/);
  });

  it('takes the newest complete set for the latest, and the one that was named otherwise', async () => {
    const sets: SetSummary[] = [
      { ...SET, id: 'OLD', sequence: 1 },
      { ...SET, id: 'NEW', sequence: 2, createdAt: '2026-11-24T01:00:00.000Z' },
      { ...without(SET, 'provenAt'), id: 'OPEN', state: 'incomplete', createdAt: '2026-11-24T01:59:00.000Z' },
    ];
    expect((await look({ sets })).outputs).toMatchObject({ set: 'NEW' });
    expect((await look({ sets }, { set: 'OLD' })).outputs).toMatchObject({ set: 'OLD' });
    expect(await refusals({ sets }, { set: 'OPEN' })).toEqual([
      expect.stringMatching(/^There is no complete backup set OPEN in /),
    ]);
  });

  it('refuses to begin without any set, and tells how one is made', async () => {
    const { checks, outputs } = await look({ sets: [] });
    expect(failed(checks)).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/^There is no complete backup set in .*no way back/) as string,
        hint: expect.stringContaining('sense-runbook backup') as string,
      }),
    ]);
    expect(outputs).not.toHaveProperty('set');
  });

  it('refuses when the sets cannot be read', async () => {
    expect(await refusals({ unreadable: new ExpectedError('the share is gone') })).toEqual([
      'The backup sets could not be read: the share is gone',
    ]);
    expect(await refusals({ manifest: { site: undefined } })).toEqual([
      expect.stringContaining('does not tell site'),
    ]);
  });
});

function without<T extends object, K extends keyof T>(from: T, key: K): Omit<T, K> {
  const rest: Partial<T> = { ...from };
  delete rest[key];
  return rest as Omit<T, K>;
}
