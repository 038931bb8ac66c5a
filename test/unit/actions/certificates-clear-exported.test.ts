import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCertificatesClearExported } from '../../../src/actions/certificates-clear-exported.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from './fakes.ts';
import { fakeNode, goBack, runAction } from './harness.ts';

async function cleared() {
  const programDataFolder = temporaryFolder();
  const folder = join(programDataFolder, 'Repository', 'Exported Certificates');
  await mkdir(folder, { recursive: true });
  for (const name of ['client.pem', 'server.pem']) await writeFile(join(folder, name), name);
  const base = fakeSite();
  const site = { ...base, qlik: { ...base.qlik, programDataFolder } };
  const action = createCertificatesClearExported({ site, stateFolder: temporaryFolder() });
  const node = fakeNode();
  const { outputs, before } = await runAction(action, {}, { node });
  expect(outputs['moved']).toBe(2);
  const undo = () => goBack(action, 'undo', {}, before, { node, outputs });
  return { folder, kept: `${folder}.before-RUN`, undo };
}

it('moves the files aside, and back, with those that were made since beside them', async () => {
  const { folder, kept, undo } = await cleared();
  expect(await readdir(folder)).toEqual([]);
  expect((await readdir(kept)).toSorted()).toEqual(['client.pem', 'server.pem']);
  await writeFile(join(folder, 'client.pem'), 'new');
  expect((await undo()).warnings).toEqual([]);
  expect((await readdir(folder)).toSorted()).toEqual(['client.pem', 'server.pem']);
  expect(await readdir(`${folder}.after-RUN`)).toEqual(['client.pem']);
});

it('says that what it kept is gone, which it cannot put back then', async () => {
  const { folder, kept, undo } = await cleared();
  await rm(kept, { recursive: true });
  expect((await undo()).warnings).toEqual([
    `${kept} is gone: the certificate files that were in ${folder} are not put back.`,
  ]);
});
