import { describe, expect, it } from 'vitest';
import { createRepositoryCompare } from '../../../src/actions/repository-compare.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import { fakeScratch, parts } from './fakes.ts';
import { runAction } from './harness.ts';

const counts = { apps: 12, users: 340, streams: 5, reloadTasks: 7 };
const license = { name: 'Acme', product: 'Qlik Sense', validTo: '2027-03-16', isExpired: false };
const facts = { askedAt: '2026-11-24T02:00:00Z', version: '14.231.27', counts, license };

async function compare(recorded: JsonValue | undefined, now: JsonValue) {
  const { vault, offsite } = parts();
  const manifest = {
    schemaVersion: 1,
    id: 'SET',
    ...(recorded === undefined ? {} : { repository: recorded }),
  };
  const withManifest = { ...vault, read: () => Promise.resolve(manifest as never) };
  const action = createRepositoryCompare({ vault: withManifest, offsite, scratch: fakeScratch() });
  return runAction(
    action,
    { set: 'SET', repository: now },
    {
      planned: { set: 'SET', repository: '<steps.ask.outputs.repository>' },
    },
  );
}

describe('repository.compare', () => {
  it('says nothing when all is as it was, whenever it was asked', async () => {
    const { outputs, warnings, left } = await compare(facts, { ...facts, askedAt: 'later' });
    expect(outputs).toEqual({ compared: true, differences: [] });
    expect(warnings).toEqual([]);
    expect(left).toEqual([]);
  });

  it('warns of each count that differs, with both numbers', async () => {
    const { warnings } = await compare(facts, { ...facts, counts: { ...counts, apps: 10, users: 341 } });
    expect(warnings).toEqual([
      'There are 10 apps; when the set was made there were 12 (2 fewer).',
      'There are 341 users; when the set was made there were 340 (1 more).',
    ]);
  });

  it('leaves the license to a step of its own where it is told so', async () => {
    const { vault, offsite } = parts();
    const read = () => Promise.resolve({ repository: facts } as never);
    const action = createRepositoryCompare({ vault: { ...vault, read }, offsite, scratch: fakeScratch() });
    const now = { ...facts, license: null };
    const { warnings } = await runAction(action, { set: 'SET', repository: now, license: false });
    expect(warnings).toEqual([]);
  });

  it('warns of a count that is not told any more', async () => {
    const { warnings } = await compare(facts, { ...facts, counts: { apps: 12, users: 340, streams: 5 } });
    expect(warnings.join()).toContain('reload tasks');
  });

  it.each([
    [null, 'has no license'],
    [{ ...license, isExpired: true }, 'is expired now'],
    [{ ...license, isInvalid: true }, 'is invalid now'],
    [{ ...license, validTo: '2028-01-01' }, 'another last day: 2028-01-01; it was 2027-03-16'],
    [{ ...license, name: 'Other' }, 'another name: Other; it was Acme'],
  ])('warns of a license that is not what it was: %j', async (now, message) => {
    const { warnings } = await compare(facts, { ...facts, license: now });
    expect(warnings.join()).toContain(message);
  });

  it('does not warn of a license that had expired before', async () => {
    const expired = { ...facts, license: { ...license, isExpired: true } };
    expect((await compare(expired, expired)).warnings).toEqual([]);
  });

  it('warns of another version', async () => {
    const { warnings } = await compare(facts, { ...facts, version: '14.231.30' });
    expect(warnings.join()).toContain('14.231.30; when the set was made it was 14.231.27');
  });

  it('compares nothing when the set recorded nothing', async () => {
    const { outputs, warnings, plan } = await compare(undefined, facts);
    expect(plan.notes?.join()).toContain('no counts');
    expect(outputs).toEqual({ compared: false, reason: 'The set has no counts of the repository.' });
    expect(warnings).toEqual([]);
  });

  it('compares nothing when the repository was not asked', async () => {
    const { outputs, warnings } = await compare(facts, null);
    expect(outputs).toMatchObject({ compared: false });
    expect(warnings).toEqual([]);
  });
});
