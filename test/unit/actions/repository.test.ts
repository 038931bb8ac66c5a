import { describe, expect, it } from 'vitest';
import { createRepositoryAsk } from '../../../src/actions/repository-ask.ts';
import { createRepositoryReady } from '../../../src/actions/repository-ready.ts';
import { NotReadyError, RepositoryApiError, SiteDownError } from '../../../src/contract/errors.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { PLANNED, fakeScratch, fakeSite, parts } from './fakes.ts';
import { fakeNode, runAction } from './harness.ts';
import type { FakeNode } from './harness.ts';
import { certificatesInSet } from './set-certificates.ts';

const KEY = 'eyJhbGciOi.secret';
const ANSWERS: Readonly<Record<string, JsonValue>> = {
  '/qrs/about': { buildVersion: '31.56.2', nodeType: 1 },
  '/qrs/app/count': { value: 12 },
  '/qrs/user/count': { value: 345 },
  '/qrs/stream/count': { value: 6 },
  '/qrs/reloadtask/count': { value: 7 },
  '/qrs/license': {
    id: 'x',
    lef: 'LEF',
    serial: '0000 6500 7751 6278',
    check: '12345',
    key: KEY,
    keyDetails:
      'isBlackListed: False\nLicense Number: 0000 6500 7751 6278 Valid From: 0001-01-01 12:00:00 AM Valid To: 2027-03-16 12:00:00 AM Allotment professional:100;',
    name: '',
    organization: 'Acme',
    product: 2,
    isExpired: false,
    isBlacklisted: false,
    isInvalid: false,
  },
};

/** A set with an index of a root and a client certificate, opened without being there. */
async function collaborators() {
  const c = parts();
  return {
    ...c,
    scratch: fakeScratch(),
    clock: createManualClock(),
    secrets: { read: async () => 'word' },
    ...(await certificatesInSet(c)),
  };
}

function nodeThatAnswers(answer: (path: string) => JsonValue, asked: unknown[] = []): FakeNode {
  return Object.assign(fakeNode(), {
    repository: {
      url: (path: string) => `https://qs1.example:4242${path}`,
      get: async (path: string, credentials: unknown) => {
        asked.push(credentials);
        return answer(path);
      },
    },
  });
}

describe('repository.ask', () => {
  it('reads version, counts and license with the exported certificates, and keeps no key', async () => {
    const c = await collaborators();
    const asked: unknown[] = [];
    const node = nodeThatAnswers((path) => ANSWERS[path] ?? null, asked);
    const ran = await runAction(createRepositoryAsk(c), { set: 'SET' }, { ...PLANNED, node });
    expect(ran.left).toEqual([]);
    expect(ran.outputs).toEqual({
      repository: {
        askedAt: '2026-11-24T02:00:00.000Z',
        version: '31.56.2',
        counts: { apps: 12, users: 345, streams: 6, reloadTasks: 7 },
        license: {
          organization: 'Acme',
          product: 2,
          isExpired: false,
          isBlacklisted: false,
          isInvalid: false,
          validTo: '2027-03-16',
        },
      },
    });
    for (const part of [KEY, '6278', 'LEF', '12345', 'word', 'PEM'])
      expect(JSON.stringify([ran.outputs, ran.plan, ran.performed])).not.toContain(part);
    expect(asked[0]).toEqual({ certificatePem: 'CLIENT PEM', keyPem: 'CLIENT KEY', rootsPem: ['ROOT PEM'] });
    expect(c.opened.sort()).toEqual(['ca.pfx word', 'client.pfx word']);
  });

  it('tells that a site has no license', async () => {
    const node = nodeThatAnswers((path) => (path === '/qrs/license' ? null : (ANSWERS[path] ?? null)));
    const { outputs } = await runAction(createRepositoryAsk(await collaborators()), { set: 'SET' }, { node });
    expect(outputs['repository']).toMatchObject({ license: null });
  });

  it('warns when it cannot be asked, and does not try the other addresses', async () => {
    const asked: unknown[] = [];
    const node = nodeThatAnswers(() => {
      throw new RepositoryApiError('https://qs1.example:4242/qrs/about: cannot be reached (ECONNREFUSED)');
    }, asked);
    const ran = await runAction(createRepositoryAsk(await collaborators()), { set: 'SET' }, { node });
    expect(ran.outputs).toEqual({ repository: null });
    expect(ran.warnings).toEqual([expect.stringContaining('ECONNREFUSED')]);
    expect(asked).toHaveLength(1);
  });

  it('asks nothing of a node that has no such API, without a warning', async () => {
    const ran = await runAction(createRepositoryAsk(await collaborators()), { set: 'SET' });
    expect(ran).toMatchObject({ outputs: { repository: null }, warnings: [], performed: [] });
    expect(ran.plan.notes).toEqual([expect.stringContaining('no repository API')]);
  });
});

describe('repository.ready', () => {
  const action = createRepositoryReady({ site: fakeSite() });

  it('waits for the Repository Service, where the plan says', async () => {
    const node = fakeNode();
    const { outputs, left, performed } = await runAction(action, {}, { node });
    expect(outputs).toEqual({ ready: true });
    expect(left).toEqual([]);
    expect(performed).toMatchObject([{ url: 'http://qs1.example:4444/status/servicestate' }]);
    expect(node.log).toEqual(['ready']);
  });

  it('leaves a node alone on which that service does not run', async () => {
    const node = fakeNode({ services: { QlikSenseRepositoryService: { state: 'stopped' } } });
    const { left, warnings } = await runAction(action, {}, { node });
    expect({ log: node.log, left, warnings }).toEqual({ log: [], left: [], warnings: [] });
  });

  it('warns of a port that cannot be reached', async () => {
    const node = fakeNode();
    node.notReady = new NotReadyError('port 4444 of rim could not be reached', true);
    const { outputs, warnings } = await runAction(action, {}, { node });
    expect(outputs).toEqual({ ready: false });
    expect(warnings).toEqual([expect.stringContaining('is not known: port 4444 of rim')]);
  });

  it('calls a site down whose service answers and is not ready', async () => {
    const node = fakeNode();
    node.notReady = new NotReadyError('port 4444 says 1: no certificates', false);
    await expect(runAction(action, {}, { node })).rejects.toBeInstanceOf(SiteDownError);
  });
});
