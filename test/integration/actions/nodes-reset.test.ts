import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/contract/node.ts';
import { NotReadyError } from '../../../src/contract/errors.ts';
import { createRepositoryApi } from '../../../src/platform/qrs/client.ts';
import { createUnlock } from '../../../src/platform/qrs/unlock.ts';
import { findFreePort } from '../../../src/postgres/free-port.ts';
import { runOptions } from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

import {
  ids,
  INPUT,
  lab,
  ONE_TIME,
  other,
  registered,
  repository,
  TWO,
  unlockAt,
  waitingRim,
  type Registered,
  useNodesLab,
} from './nodes-lab.ts';

useNodesLab();

describe('a rim node', () => {
  it('is removed and added as it was, its certificates are unlocked, and it is waited for', async () => {
    const nodes = TWO();
    const api = await repository(nodes);
    const rim = await waitingRim();
    const { run, outputs, readies } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    expect(await run(INPUT)).toMatchObject({ outcome: 'done', warnings: [] });
    expect(api.requests).toEqual([
      'GET /qrs/servernodeconfiguration/full',
      `DELETE /qrs/servernodeconfiguration/${String(ids[1])}`,
      'POST /qrs/servernodeconfiguration/container',
      `GET /qrs/servernoderegistration/start/${String(ids[2])}`,
    ]);
    expect(api.bodies).toEqual([
      {
        name: 'Rim of old',
        hostName: 'qs2.example',
        nodePurpose: 1,
        engineEnabled: true,
        proxyEnabled: false,
        schedulerEnabled: true,
        printingEnabled: false,
        failoverCandidate: false,
      },
    ]);
    expect(rim.got).toEqual([
      {
        type: 'application/x-www-form-urlencoded',
        body: '/certificateSetup __pwd=one-Time%2BPass%2Fword',
      },
    ]);
    expect(readies).toEqual(['rim']);
    expect(outputs()).toEqual({ reset: ['rim'], byHand: false });
  });

  it('has its one-time password in no file of the run', async () => {
    const api = await repository(TWO());
    const rim = await waitingRim(500);
    const { run, stateFolder, events } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    expect((await run(INPUT)).outcome).toBe('failed');
    expect(rim.got).toHaveLength(1);
    const files = await fs.readdir(stateFolder, { recursive: true, withFileTypes: true });
    for (const entry of files.filter((one) => one.isFile())) {
      const content = await fs.readFile(path.join(entry.parentPath, entry.name), 'utf8');
      expect(content).not.toContain(ONE_TIME);
      expect(content).not.toContain('one-Time%2B');
    }
    expect(JSON.stringify(events)).not.toContain(ONE_TIME);
  });

  it('whose service is not up yet is asked again', async () => {
    const api = await repository(TWO());
    const rim = await waitingRim();
    const closed = await findFreePort();
    let attempts = 0;
    const unlockCertificates: Node['unlockCertificates'] = (password, wait) => {
      attempts += 1;
      return createUnlock({ port: attempts < 3 ? closed : rim.port })(password, wait);
    };
    const { run } = await lab({ apiPort: api.port, rim: { unlockCertificates } });
    expect((await run(INPUT)).outcome).toBe('done');
    expect(attempts).toBe(3);
  });

  it('that nothing can be run on is unlocked by a person', async () => {
    const api = await repository(TWO());
    const { run, asked } = await lab({ apiPort: api.port, rim: { canUnlock: false }, answer: true });
    expect((await run(INPUT)).outcome).toBe('done');
    expect(asked[0]).toContain('on qs2.example itself open http://localhost:4570/certificateSetup');
  });

  it('that the repository does not have is added with every service, and that is said', async () => {
    const api = await repository(TWO().slice(0, 1));
    const rim = await waitingRim();
    const { run } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    const { warnings } = await run(INPUT);
    expect(warnings[0]?.message).toContain('does not have it');
    expect(api.bodies[0]).toMatchObject({ name: 'rim', printingEnabled: true, nodePurpose: 2 });
  });

  it('that the site file does not have is left as it is, and named', async () => {
    const nodes = [...TWO(), registered(2, 'Stranger', 'qs7.example')];
    nodes[2] = { ...nodes[2], id: '4'.repeat(8) + '-1111-1111-1111-111111111111' } as Registered;
    const api = await repository(nodes);
    const rim = await waitingRim();
    const { run } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    const { warnings } = await run(INPUT);
    expect(warnings[0]?.message).toContain('Stranger (qs7.example)');
    expect(nodes.map(({ name }) => name)).toContain('Stranger');
  });
});

describe('what goes wrong', () => {
  it.each([
    ['the repository refuses the node', { post: 400 }, 'port 4444', 'was removed from the site'],
    ['there is no password', { start: 500 }, 'HTTP 500', 'was added anew'],
  ])(
    '%s: it says how far it came, and resume adds the node as it was',
    async (_what, faults, words, changed) => {
      const now: { post?: number; start?: number } = { ...faults };
      const api = await repository(TWO(), now);
      const rim = await waitingRim();
      const first = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
      const { error } = await first.run(INPUT);
      expect(`${String(error?.message)} ${String(error?.hint)}`).toContain(words);
      expect(error?.changed).toContain(changed);
      delete now.post;
      delete now.start;
      expect((await first.engine.resume(undefined, runOptions())).outcome).toBe('done');
      expect(api.bodies.at(-1)).toMatchObject({ name: 'Rim of old', nodePurpose: 1, proxyEnabled: false });
    },
  );

  it('a rim that does not get ready', async () => {
    const api = await repository(TWO());
    const rim = await waitingRim();
    const ready = () => Promise.reject(new NotReadyError('state 1', false));
    const { run } = await lab({ apiPort: api.port, rim: { ...unlockAt(rim.port), ready } });
    expect((await run(INPUT)).error?.message).toContain('rim (qs2.example): state 1');
  });

  it('an API that cannot be reached, or is of another site: a person does it in the QMC, and nothing is changed', async () => {
    const closed = await lab({ apiPort: await findFreePort(), answer: true });
    const { outcome, warnings } = await closed.run(INPUT);
    expect(outcome).toBe('done');
    expect(warnings[0]?.message).toContain('cannot be reached');
    expect(closed.asked[0]).toContain('Open the QMC (https://qs9.example/qmc)');
    expect(closed.outputs()).toEqual({ reset: ['rim'], byHand: true });

    const nodes = TWO();
    const api = await repository(nodes);
    const foreign = await lab({ apiPort: api.port, certificates: other });
    expect((await foreign.run(INPUT)).error?.message).toContain('there is no terminal');
    expect(api.requests).toEqual([]);
    expect(nodes).toHaveLength(2);
  });

  it('no repository API at all: a person, and for a simulated node nobody', async () => {
    const alone = await lab({ apiPort: 1, central: { repository: undefined as never }, answer: true });
    expect((await alone.run(INPUT)).outcome).toBe('done');
    expect(alone.asked).toHaveLength(1);
    const simulated = await lab({
      apiPort: 1,
      central: { repository: undefined as never, transport: 'simulated' },
    });
    expect((await simulated.run(INPUT)).outcome).toBe('done');
    expect(simulated.outputs()).toEqual({ reset: [] });
  });
});

it('a killed attempt that removed a node does not lose its settings', async () => {
  const nodes = TWO();
  const api = await repository(nodes);
  const rim = await waitingRim();
  const root = temporaryFolder();
  const doomed = createRepositoryApi({ host: 'localhost', port: api.port });
  await new Promise<void>((resolve, reject) => {
    void lab({
      apiPort: api.port,
      root,
      central: {
        repository: {
          ...doomed,
          async send(request, ...rest) {
            if (request.method !== 'POST') return doomed.send(request, ...rest);
            resolve();
            return new Promise(() => undefined);
          },
        },
      },
    }).then(({ run }) => run(INPUT).then(() => reject(new Error('not killed')), reject), reject);
  });
  expect(nodes.map(({ name }) => name)).toEqual(['Central']);
  const { engine } = await lab({ apiPort: api.port, rim: unlockAt(rim.port), root });
  await engine.recover(runOptions());
  expect((await engine.resume(undefined, runOptions())).outcome).toBe('done');
  expect(api.bodies.at(-1)).toMatchObject({ name: 'Rim of old', nodePurpose: 1, proxyEnabled: false });
});

describe('a rollback', () => {
  const STAYS = 'rim: registration, and certificates that were not put back, are those of the restored site';

  it('is said beforehand not to bring the rim nodes back, and names those that were reset', async () => {
    const api = await repository(TWO());
    const rim = await waitingRim();
    const {
      describe: tell,
      run,
      outputs,
      leaves,
    } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    const { notes = [], approval = [] } = await tell(INPUT);
    expect(notes.join()).toContain(`A rollback does not undo this: ${STAYS}`);
    expect(approval.join()).toContain(`Not undone by a rollback: ${STAYS}`);
    await run(INPUT);
    expect(leaves(outputs())).toEqual([expect.stringContaining(STAYS)]);
    expect(leaves({ reset: [], byHand: false })).toEqual([]);
  });

  it('of a reset that was cut off says that it may be so', async () => {
    const { leaves } = await lab({ apiPort: 1 });
    expect(leaves(undefined)).toEqual([expect.stringContaining(`As far as they were reset: ${STAYS}`)]);
  });

  it('says nothing where no node can be reset', async () => {
    const { leaves } = await lab({
      apiPort: 1,
      central: { repository: undefined as never, transport: 'simulated' },
    });
    expect(leaves(undefined)).toEqual([]);
  });
});

it('the plan tells every call with what is known of it', async () => {
  const { describe: tell } = await lab({ apiPort: 4242 });
  const { operations } = await tell(INPUT);
  expect(operations.map((one) => (one.kind === 'http' ? `${one.method} ${one.url}` : one.kind))).toEqual([
    'file',
    'GET https://localhost:4242/qrs/servernodeconfiguration/full',
    'file',
    'DELETE https://localhost:4242/qrs/servernodeconfiguration/<old-id.rim>',
    'POST https://localhost:4242/qrs/servernodeconfiguration/container',
    'GET https://localhost:4242/qrs/servernoderegistration/start/<new-id.rim>',
    'POST http://localhost:4570/certificateSetup#qs2.example',
    'GET http://qs2.example:4444/status/servicestate',
    'GET https://localhost:4242/qrs/servernodeconfiguration/<new-id.rim>',
    'PUT https://localhost:4242/qrs/servernodeconfiguration/<new-id.rim>',
    'human',
  ]);
});
