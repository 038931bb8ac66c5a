import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BusyError, PreflightError, UsageError } from '../../../../src/contract/errors.ts';
import { journeyText } from '../../../../src/upgrade/journey/journey-line.ts';
import { standingOf } from '../../../../src/upgrade/journey/open-journey.ts';
import { readUpgradePlan } from '../../../../src/upgrade/journey/plan-file.ts';
import { createJourneyStore } from '../../../../src/upgrade/journey/record.ts';
import { planText, recordWith, savedPlan } from './samples.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sense-journey-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const unknown = () => Promise.resolve({ nodes: [], notes: [] });

describe('the record of a journey', () => {
  it('is read as it was written, for its owner alone', async () => {
    const store = createJourneyStore(join(folder, 'state'));
    expect(await store.read()).toBeUndefined();
    expect(existsSync(join(folder, 'state'))).toBe(false);
    const record = recordWith({ state: 'running', backup: { run: 'b1', set: 's1' }, run: 'r1' });
    await store.write(record);
    expect(await store.read()).toEqual(record);
    if (process.platform !== 'win32') expect(statSync(store.file).mode & 0o777).toBe(0o600);
  });

  it('makes room for another one and stays', async () => {
    const store = createJourneyStore(folder);
    await store.write(recordWith());
    await store.putAside(recordWith());
    expect(await store.read()).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['upgrade-20261128T010000000Z.json']);
  });

  it.each(['', '{', '{"schemaVersion":2}', '[]'])('is not trusted when it is %j', async (text) => {
    const store = createJourneyStore(folder);
    writeFileSync(store.file, text);
    await expect(store.read()).rejects.toBeInstanceOf(PreflightError);
  });

  it('says where it is', () => {
    expect(journeyText(recordWith({ state: 'done' }))).toBe(
      'the upgrade August 2022 Patch 5 -> May 2025 is unfinished, 1 of 3 hops done; next: sense-runbook upgrade run /plans/plan.json',
    );
  });
});

describe('a plan beside the record of another call', () => {
  const saved = savedPlan();
  const other = { ...saved, sha256: 'other' };

  it('is gone on with when it is the same', async () => {
    const record = recordWith();
    expect(await standingOf(saved, record, unknown)).toEqual({ is: 'begun', record });
  });

  it('is refused while another one is unfinished', async () => {
    await expect(standingOf(other, recordWith(), unknown)).rejects.toBeInstanceOf(BusyError);
  });

  it.each(['done', 'given-up'] as const)('is new after another one that is %s', async (state) => {
    const record = { ...recordWith(), state };
    expect(await standingOf(other, record, unknown)).toEqual({ is: 'new', aside: record });
  });

  it('is done when it was carried out, unless the site is seen to be back at its start', async () => {
    const record = { ...recordWith(), state: 'done' as const };
    expect(await standingOf(saved, record, unknown)).toEqual({ is: 'done', record });
    const back = () =>
      Promise.resolve({ nodes: [{ node: 'qs1', release: 'August 2022 Patch 5' }], notes: [] });
    expect(await standingOf(saved, record, back)).toEqual({ is: 'new', aside: record });
    expect(await standingOf(saved, { ...record, state: 'given-up' }, unknown)).toMatchObject({ is: 'new' });
  });
});

describe('the file of a plan', () => {
  it('is told from another one by its bytes', () => {
    const text = planText();
    expect(readUpgradePlan(text, 'p').sha256).toBe(readUpgradePlan(text, 'q').sha256);
    expect(readUpgradePlan(`${text} `, 'p').sha256).not.toBe(readUpgradePlan(text, 'p').sha256);
  });

  it.each([
    ['no JSON', 'hello', /is not JSON/, /upgrade plan/],
    ['something else', '{}', /no plan of an upgrade/, /upgrade plan/],
    ['the plan of a runbook', '{"runbook":{}}', /plan of a runbook/, /sense-runbook run p/],
    ['a plan that leads nowhere', planText({ release: 'May 2025' }, 'May 2023'), /leads nowhere/, /rule/],
  ])('is refused: %s', (_words, text, message, hint) => {
    let error: unknown;
    try {
      readUpgradePlan(text, 'p');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(message);
    expect((error as UsageError).hint).toMatch(hint);
  });
});
