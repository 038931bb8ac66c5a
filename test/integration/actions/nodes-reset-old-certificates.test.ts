import { expect, it } from 'vitest';
import type { Node } from '../../../src/contract/node.ts';
import { createUnlock, notListening } from '../../../src/platform/qrs/unlock.ts';
import { runOptions } from '../../helpers/engine.ts';
import { INPUT, lab, repository, TWO, useNodesLab, waitingRim } from './nodes-lab.ts';
import { CENTRAL, renewalLab, siteStores } from './renewal-lab.ts';

useNodesLab();

/** Port 4570 of a node opens only while it has no certificates. */
function waitsWithout(node: Node, port: number): Partial<Node> {
  const unlock = createUnlock({ port });
  return {
    async unlockCertificates(password, wait) {
      if ((await node.certificates.list()).length > 0) throw notListening('qs2.example', undefined);
      await unlock(password, wait);
    },
  };
}

it('a rim that kept the certificates of the old central node waits for new ones once they are removed', async () => {
  const { rim, remove, rename } = await renewalLab(await siteStores());
  const api = await repository(TWO());
  const port = await waitingRim();
  const { run, engine } = await lab({ apiPort: api.port, rim: waitsWithout(rim, port.port) });
  const { outcome, error } = await run(INPUT);
  expect(outcome).toBe('failed');
  expect(error?.message).toContain('nobody waits for certificates on port 4570');
  expect(port.got).toEqual([]);

  await remove(rim, { 'old-central': CENTRAL }, { nodes: rename('qs9.example') }).attempt();
  expect((await engine.resume(undefined, runOptions())).outcome).toBe('done');
  expect(port.got).toHaveLength(1);
});
