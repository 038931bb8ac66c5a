import { describe, expect, it } from 'vitest';
import { createCheckBundledDatabase } from '../../../src/actions/check-bundled-database.ts';
import {
  createCheckReplacedDatabase,
  createPostgresCheckReplaced,
} from '../../../src/actions/check-replaced-database.ts';
import type { ServerFacts } from '../../../src/postgres/server.ts';
import { databaseFacts, fakeDatabase, fakeSite, serverFacts } from './fakes.ts';
import { checksOf, failed, fakeNode, runAction } from './harness.ts';
import { windowsAnswer } from './windows-answer.ts';

const FOLDERS = { 'backup-folder': 'D:\\backup', 'data-folder': 'E:\\data' };
const OLD: Partial<ServerFacts> = { major: 12, version: '12.5' };

const database = (changes: Partial<ServerFacts>) => ({
  ...fakeDatabase(),
  facts: () => Promise.resolve(serverFacts(changes)),
});

/** A central node with services of these databases. */
function node(...services: readonly string[]) {
  const answer = windowsAnswer({ release: 'May 2022' }) as { services: unknown[] };
  const entries = services.map((name) => ({
    name,
    path: null,
    account: null,
    sid: null,
    administrator: null,
  }));
  return Object.assign(fakeNode(), {
    discover: () => Promise.resolve({ ...answer, services: [...answer.services, ...entries] } as never),
  });
}

describe('check.bundled-database', () => {
  const check = async (
    facts: Partial<ServerFacts>,
    services = ['QlikSenseRepositoryDatabase'],
    free: (folder: string) => number = () => 1e9,
    folders = FOLDERS,
  ) =>
    failed(
      (
        await checksOf(
          createCheckBundledDatabase({
            database: database(facts),
            freeBytes: (folder) => Promise.resolve(free(folder)),
          }),
          { node: node(...services) },
          folders,
        )
      ).checks,
    );

  it('lets a bundled database of an older version through', async () => {
    expect(await check(OLD)).toEqual([]);
    expect(await check({ major: 9.6, version: '9.6.24' })).toEqual([]);
  });

  it.each([
    [
      'a server that is 14 already',
      { major: 14, version: '14.8' },
      ['QlikSenseRepositoryDatabase'],
      'makes 14.17',
    ],
    ['one of its own', OLD, ['postgresql-x64-12'], 'did not come with Qlik Sense'],
    ['none at all', OLD, [], 'no bundled database'],
    [
      'one with what a restore kept',
      { ...OLD, databases: [databaseFacts('QSR'), databaseFacts('QSR_before_20261128')] },
      ['QlikSenseRepositoryDatabase'],
      'QSR_before_20261128',
    ],
  ] as const)('refuses %s', async (_, facts, services, message) => {
    const found = await check(facts, [...services]);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain(message);
  });

  it('wants room for the dump and for the new data, each on a disk of the machine', async () => {
    const tight = await check(OLD, undefined, (folder) => (folder === 'E:\\data' ? 4000 : 4001));
    expect(tight.map(({ message }) => message)).toEqual([expect.stringContaining('E:\\data')]);
    const shared = await check(OLD, undefined, undefined, { ...FOLDERS, 'backup-folder': '\\\\nas\\b' });
    expect(shared.map(({ message }) => message)).toEqual(['\\\\nas\\b is a network path.']);
  });
});

describe('the replaced database', () => {
  const c = (facts: Partial<ServerFacts>) => ({ site: fakeSite(), database: database(facts) });
  const stopped = () => fakeNode({ services: { QlikSenseRepositoryDatabase: { state: 'stopped' } } });

  it('may lose the old one when a 14 has everything and the old service is down or gone', async () => {
    const gone = fakeNode();
    gone.statuses.delete('QlikSenseRepositoryDatabase');
    for (const place of [stopped(), gone])
      expect(failed((await checksOf(createCheckReplacedDatabase(c({})), { node: place })).checks)).toEqual(
        [],
      );
  });

  it.each([
    [OLD, 'the site still has its old database'],
    [{ databases: [databaseFacts('QSR')] }, 'It lacks SenseServices'],
  ])('is not the one of the site: %j', async (facts, message) => {
    const options = { node: stopped() };
    const { checks } = await checksOf(createCheckReplacedDatabase(c(facts)), options);
    expect(failed(checks).map((one) => one.message)).toEqual([expect.stringContaining(message)]);
    await expect(runAction(createPostgresCheckReplaced(c(facts)), {}, options)).rejects.toThrow(message);
  });

  it('is not trusted while the old service runs', async () => {
    await expect(runAction(createPostgresCheckReplaced(c({})), {})).rejects.toThrow(
      'QlikSenseRepositoryDatabase is running',
    );
  });
});
