import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectionsFor, poolIn, poolsOf } from '../../../src/actions/connection-pools.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from './fakes.ts';
import { fakeNode } from './harness.ts';

/** As the manual prints it (6.7, p. 244). */
const CONFIG = (size: string): string => `<configuration><connectionStrings>
<!-- <add name="QSR" connectionString="Max Pool Size=1;" /> -->
<add name="QSMQ" connectionString="User ID=qliksenserepository;Database=QSMQ;Pooling=true;Min Pool Size=0;Max Pool Size=90;" />
<add name="QSR" connectionString="User ID=qliksenserepository;Database=QSR;Pooling=true;Min Pool Size=0;${size}
Connection Lifetime=3600;" providerName="Devart.Data.PostgreSql" />
</connectionStrings></configuration>`;

describe('the pool of a node', () => {
  it('is that of the connection to QSR', () => {
    expect(poolIn(CONFIG('Max Pool Size=250;'))).toBe(250);
    expect(poolIn(CONFIG(''))).toBeUndefined();
    expect(
      poolIn('<connectionStrings configProtectionProvider="x"><EncryptedData/></connectionStrings>'),
    ).toBe(undefined);
  });

  it('is the manual’s where it is encrypted or cannot be read, and says so', async () => {
    const root = temporaryFolder();
    const site = fakeSite();
    await fs.mkdir(path.join(root, 'Repository'));
    await fs.writeFile(path.join(root, 'Repository', 'Repository.exe.config'), CONFIG('Max Pool Size=90;'));
    const rim = { ...fakeNode({ name: 'rim', role: 'rim' }), reach: () => path.join(root, 'nowhere') };
    const where = { nodes: [fakeNode(), rim] };
    const there = { qlik: { ...site.qlik, installFolder: root } };
    const pools = await poolsOf(there, 0, where);
    expect(pools).toMatchObject([
      { node: 'central', size: 90 },
      { node: 'rim', size: 110, assumed: expect.stringContaining('is not there') as string },
    ]);
    expect(connectionsFor(pools)).toBe(220);
    expect(connectionsFor(await poolsOf(there, 300, where))).toBe(410);
  });
});
