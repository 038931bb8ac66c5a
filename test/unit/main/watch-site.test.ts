import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { watchSite } from '../../../src/main/watch-site.ts';
import { createAuthority } from '../../../src/platform/certificates/issue.ts';
import { addToStore } from '../../../src/platform/simulated/certificates.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { NODE, SMALL } from '../site/small-site.ts';
import { fakeClock } from '../ui/streams.ts';

it('tells the certificates of every node in their order, and which node cannot be asked', async () => {
  const folder = temporaryFolder();
  const names = ['first', 'broken', 'last'];
  for (const name of ['first', 'last'])
    await addToStore(
      join(folder, name),
      'LocalMachine/My',
      await createAuthority({ commonName: name, years: 1 }),
    );
  const store = join(folder, 'broken/certificates/LocalMachine/My');
  mkdirSync(store, { recursive: true });
  writeFileSync(join(store, 'a.pem'), 'no certificate');
  const siteFile = join(folder, 'site.yaml');
  const nodes = names.map((name, index) =>
    NODE.replace('only', name)
      .replace('/srv/node', join(folder, name))
      .replace('central', index === 0 ? 'central' : 'rim'),
  );
  writeFileSync(siteFile, SMALL.replace(NODE, nodes.join('')));

  const site = await watchSite({
    siteFile,
    env: {},
    platform: 'linux',
    cwd: folder,
    clock: fakeClock(),
    redact: (text) => text,
    scripts: folder,
    openSite: () => Promise.reject(new Error('not expected')),
  });
  const { found, warnings } = await site.certificates();

  expect(found.map(({ node, subject }) => [node, subject])).toEqual([
    ['first', 'CN=first'],
    ['last', 'CN=last'],
  ]);
  expect(warnings).toEqual([expect.stringMatching(/^the certificates on broken cannot be read: /)]);
});
