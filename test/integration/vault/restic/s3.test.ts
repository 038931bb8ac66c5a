import { fork } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createVaultCopyOffsite } from '../../../../src/actions/vault-copy-offsite.ts';
import { noOffsite } from '../../../../src/actions/offsite.ts';
import { systemClock } from '../../../../src/foundation/clock.ts';
import { createAuthority, issue } from '../../../../src/platform/certificates/issue.ts';
import { findFreePort } from '../../../../src/postgres/free-port.ts';
import { testExec } from '../../../helpers/postgres.ts';
import { labSource, NO_RESTIC } from '../../../helpers/restic.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';
import { runAction } from '../../../unit/actions/harness.ts';
import { backUp, labVault, never } from '../vault-lab.ts';

const SERVER = fileURLToPath(new URL('../../../helpers/s3-server.cjs', import.meta.url));
const hasServer = existsSync(new URL('../../../s3-server/node_modules/s3rver', import.meta.url));
const missing =
  NO_RESTIC ?? (hasServer ? undefined : 'no S3 server (node scripts/setup.mjs --test-programs installs it)');

const KEYS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };
const stop: (() => void)[] = [];
afterEach(() => {
  for (const end of stop.splice(0)) end();
});

/** An S3 server of its own on a free port. Gives the repository's address and the certificate that proves it. */
async function startS3(folder: string): Promise<{ repository: string; caFile: string }> {
  const authority = await createAuthority({ commonName: 'test-CA', years: 1 });
  const notAfter = new Date(Date.now() + 86_400_000);
  const server = await issue({ authority, commonName: 'localhost', notAfter, hosts: ['localhost'] });
  const caFile = join(folder, 'ca.pem');
  const [key, certificate, data] = [join(folder, 'key.pem'), join(folder, 'server.pem'), join(folder, 's3')];
  writeFileSync(caFile, authority.certificatePem);
  writeFileSync(key, server.keyPem, { mode: 0o600 });
  writeFileSync(certificate, server.certificatePem);
  mkdirSync(data);
  const port = await findFreePort();
  const child = fork(SERVER, [data, String(port), key, certificate], { stdio: 'ignore', execArgv: [] });
  stop.push(() => child.disconnect());
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => {
      reject(new Error(`the S3 server ended with ${String(code)}`));
    });
  });
  return { repository: `s3:https://localhost:${String(port)}/qlik/backups`, caFile };
}

describe.skipIf(missing !== undefined)('a repository on an S3 server', () => {
  it('takes a set, and gives back every file of it to a machine that has nothing else', async () => {
    const folder = temporaryFolder();
    const target = {
      ...(await startS3(folder)),
      environmentNames: ['RESTIC_PASSWORD', ...Object.keys(KEYS)],
      environment: () => Promise.resolve({ RESTIC_PASSWORD: 'a good password', ...KEYS }),
    };
    const vault = await labVault(folder);
    const source = await labSource(folder, target);
    const { id: set } = await backUp(folder, vault);
    const action = createVaultCopyOffsite({
      vault,
      offsite: { ...noOffsite(vault), copies: [source] },
      clock: systemClock,
    });
    const ran = await runAction(
      action,
      { set },
      {
        exec: (argv, options) => testExec(argv, options),
        planned: { set: '<set>', told: '<troubles>' },
        bindings: { '<set>': set },
      },
    );
    expect(ran).toMatchObject({
      warnings: [],
      outputs: { sent: [{ name: 'offsite', sets: 1 }], failed: [] },
    });

    rmSync(join(folder, 'vault'), { recursive: true });
    const elsewhere = await labSource(folder, target);
    expect((await elsewhere.list()).map(({ id }) => id)).toEqual([set]);
    expect(await elsewhere.verify(set, { signal: never })).toMatchObject({ ok: true, damage: [] });
  });

  it('whose certificate nobody vouches for is not trusted', async () => {
    const folder = temporaryFolder();
    const { repository } = await startS3(folder);
    const source = await labSource(folder, {
      repository,
      environmentNames: ['RESTIC_PASSWORD', ...Object.keys(KEYS)],
      environment: () => Promise.resolve({ RESTIC_PASSWORD: 'a good password', ...KEYS }),
      timeoutMs: 5000,
    });
    await expect(source.list()).rejects.toThrow(/certificate signed by unknown authority/);
  });
});
