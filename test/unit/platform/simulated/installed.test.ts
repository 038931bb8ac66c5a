import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/contract/errors.ts';
import { readDiscovery } from '../../../../src/discovery/windows.ts';
import {
  readInstalled,
  simulatedProgramInfo,
  writeInstalled,
} from '../../../../src/platform/simulated/installed.ts';
import { createSimulatedNode } from '../../../../src/platform/simulated/node.ts';
import { setUpSimulatedNode, type NewSimulatedNode } from '../../../../src/platform/simulated/set-up.ts';
import { createFakeExec } from '../../../helpers/fake-exec.ts';
import { createManualClock } from '../../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

const { signal } = new AbortController();

async function nodeWith(installed?: Omit<NonNullable<NewSimulatedNode['installed']>, 'schemaVersion'>) {
  const folder = temporaryFolder();
  const clock = createManualClock();
  await setUpSimulatedNode({
    folder,
    services: [{ name: 'QlikSenseRepositoryService' }, { name: 'QlikSenseRepositoryDatabase' }],
    ...(installed === undefined ? {} : { installed: { schemaVersion: 1, ...installed } }),
    now: clock.now(),
  });
  const identity = { name: 'central', host: 'qs1', role: 'central', failoverCandidate: false } as const;
  const { exec } = createFakeExec([]);
  return { folder, node: createSimulatedNode({ ...identity, folder, clock, exec }) };
}

describe('a simulated node', () => {
  it('tells nothing of Windows where nothing is said to be installed', async () => {
    const { node, folder } = await nodeWith();
    expect(node.discover).toBeUndefined();
    expect(await readInstalled(folder)).toBeUndefined();
  });

  it('answers as discover.ps1 does', async () => {
    const { node } = await nodeWith({
      ...{ release: 'February 2024', patch: 3, account: 'ACME\\svc', administrator: null },
      ...{ netRelease: 461_814, reboot: ['Windows Update'] },
    });
    const found = readDiscovery((await node.discover?.(signal)) ?? null);
    expect(found).toMatchObject({
      release: 'February 2024 Patch 3',
      accounts: [{ account: 'ACME\\svc' }],
      databases: [{ service: 'QlikSenseRepositoryDatabase', kind: 'bundled' }],
      netRelease: 461_814,
      reboot: ['Windows Update'],
    });
  });

  it('answers what an upgrade asks for, and what Windows would not say', async () => {
    const { node } = await nodeWith({
      release: 'May 2024',
      upgrade: { visualCpp: '', executionPolicy: 'AllSigned', avx: null, proxySettings: true },
    });
    expect(readDiscovery((await node.discover?.(signal)) ?? null).upgrade).toEqual({
      windows: 'Microsoft Windows Server 2022 Standard',
      visualCpp: null,
      powerShell: '5.1.20348.2849',
      executionPolicy: 'AllSigned',
      proxySettings: true,
      loggingService: false,
    });
  });

  it.each([true, false])('says whether its services run as an administrator: %s', async (administrator) => {
    const { node } = await nodeWith({ release: 'May 2025', administrator });
    const answer = (await node.discover?.(signal)) as { services: { administrator: boolean }[] };
    expect(answer.services.map((service) => service.administrator)).toEqual([administrator, administrator]);
  });

  it.each([
    [{ release: 'May 2025' }, 'May 2025'],
    [{}, undefined],
  ])('has %j in Programs and Features: %s', async (installed, release) => {
    const { node } = await nodeWith(installed);
    expect(readDiscovery((await node.discover?.(signal)) ?? null).release).toBe(release);
  });

  it('shows at once what was installed meanwhile', async () => {
    const { node, folder } = await nodeWith({ release: 'May 2024' });
    await writeInstalled(folder, { schemaVersion: 1, release: 'May 2025' });
    expect(readDiscovery((await node.discover?.(signal)) ?? null).release).toBe('May 2025');
  });

  it('says which file is wrong, or gone', async () => {
    const { node, folder } = await nodeWith({ release: 'May 2025' });
    const file = path.join(folder, 'installed.json');
    writeFileSync(file, '{ "schemaVersion": 1, "relase": "May 2025" }');
    await expect(readInstalled(folder)).rejects.toThrow(`${file} is not valid`);
    rmSync(file);
    await expect(node.discover?.(signal)).rejects.toThrow(UsageError);
  });
});

describe('a media file', () => {
  function file(content: string): string {
    const written = path.join(temporaryFolder(), 'Qlik_Sense_setup.exe');
    writeFileSync(written, content);
    return written;
  }

  it('says in its first line what it is', async () => {
    const first = { product: 'Qlik Sense May 2025', version: '14.231.4', signer: 'Qlik' };
    const info = await simulatedProgramInfo(file(`${JSON.stringify(first)}\nwhatever`), signal);
    expect(info).toMatchObject({ ...first, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(info?.bytes).toBe(JSON.stringify(first).length + 9);
  });

  it.each(['', 'MZ\u0000', '{"other": 1}\n', '{"product": 1}', 'x'.repeat(10_000)])(
    'that begins with %j is known by its hash alone',
    async (content) => {
      const info = await simulatedProgramInfo(file(content), signal);
      expect(Object.keys(info ?? {}).sort()).toEqual(['bytes', 'sha256']);
    },
  );

  it('that is not there is nothing', async () => {
    expect(await simulatedProgramInfo('/no/such/setup.exe', signal)).toBeUndefined();
  });
});
