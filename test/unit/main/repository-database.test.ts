import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRepositoryDatabase } from '../../../src/main/repository-database.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

/** A port that nobody listens on: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('cleaning up after a killed run', () => {
  it('removes its password files also when the database does not answer', async () => {
    const stateFolder = temporaryFolder();
    mkdirSync(join(stateFolder, 'pgpass'));
    writeFileSync(join(stateFolder, 'pgpass', 'pgpass-0123456789abcdef'), 'host:1:*:postgres:hunter22');
    type Options = Parameters<typeof createRepositoryDatabase>[0];
    const site = {
      database: { host: '127.0.0.1', port: await closedPort(), user: 'postgres', names: [] },
      timeouts: { connect: 1000 },
    };
    const database = createRepositoryDatabase({
      site: site as unknown as Options['site'],
      secrets: { read: () => Promise.reject(new Error('no secret is needed')) },
      exec: () => Promise.reject(new Error('no program is needed')),
      platform: process.platform,
      stateFolder,
    });
    await expect(database.cleanUp('sense-runbook RUN STEP')).rejects.toThrow('127.0.0.1');
    expect(readdirSync(join(stateFolder, 'pgpass'))).toEqual([]);
  });

  it('asks nobody for a password that is typed: services wait to be started meanwhile', async () => {
    type Options = Parameters<typeof createRepositoryDatabase>[0];
    const site = {
      database: { host: '127.0.0.1', port: 1, user: 'postgres', names: [], password: { prompt: true } },
      timeouts: { connect: 1000 },
    };
    const database = createRepositoryDatabase({
      site: site as unknown as Options['site'],
      secrets: { read: () => Promise.reject(new Error('asked for a password')) },
      exec: () => Promise.reject(new Error('no program is needed')),
      platform: process.platform,
      stateFolder: temporaryFolder(),
    });
    expect(await database.cleanUp('sense-runbook RUN STEP')).toEqual([
      expect.stringContaining('no password is asked for it') as string,
    ]);
  });
});
