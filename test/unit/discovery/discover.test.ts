import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { discoverSite } from '../../../src/discovery/discover.ts';
import type { DiscoveryCollaborators } from '../../../src/discovery/discover.ts';
import { portIsOpen } from '../../../src/discovery/port.ts';
import { proposeSite } from '../../../src/discovery/propose.ts';
import { createFakeExec } from '../../helpers/fake-exec.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

/** A machine with nothing but what a test puts there. A platform without usual folders keeps this machine's out. */
function machine(given: Partial<DiscoveryCollaborators> = {}): DiscoveryCollaborators {
  return {
    exec: createFakeExec([]).exec,
    platform: 'freebsd',
    hostName: 'qlik01',
    env: {},
    isListening: () => Promise.resolve(false),
    isFolder: () => Promise.resolve(false),
    ...given,
  };
}

describe('looking at a machine', () => {
  it('finds nothing where there is nothing', async () => {
    expect(await discoverSite(machine())).toEqual({ hostName: 'qlik01', clientPrograms: [] });
  });

  it('finds client programs on PATH with their version', async () => {
    const bin = temporaryFolder();
    for (const name of ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql']) {
      writeFileSync(join(bin, name), '');
      chmodSync(join(bin, name), 0o755);
    }
    const { exec } = createFakeExec([
      { command: `${join(bin, 'pg_dump')} --version`, stdout: 'pg_dump (PostgreSQL) 14.17\n' },
    ]);
    const findings = await discoverSite(machine({ exec, env: { PATH: bin } }));
    expect(findings.clientPrograms).toEqual([{ folder: bin, version: '14.17' }]);
  });

  it('asks for the port of the repository database', async () => {
    const asked: number[] = [];
    const findings = await discoverSite(
      machine({
        isListening: (port) => {
          asked.push(port);
          return Promise.resolve(true);
        },
      }),
    );
    expect(asked).toEqual([4432]);
    expect(findings.databasePort).toBe(4432);
  });

  it('looks for the folders of Qlik Sense on Windows only', async () => {
    const isFolder = () => Promise.resolve(true);
    expect(await discoverSite(machine({ isFolder }))).not.toHaveProperty('installFolder');
    const env = { ProgramData: 'D:\\ProgramData' };
    expect(await discoverSite(machine({ platform: 'win32', isFolder, env }))).toMatchObject({
      installFolder: 'C:\\Program Files\\Qlik\\Sense',
      programDataFolder: 'D:\\ProgramData\\Qlik\\Sense',
    });
  });

  it('tells a port that is served from one that is not', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await portIsOpen(port)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await portIsOpen(port)).toBe(false);
  });
});

describe('a proposal for a site file', () => {
  it('says what it rests on and what is to be filled in', async () => {
    const proposal = await proposeSite(undefined, machine({ isListening: () => Promise.resolve(true) }));
    expect(proposal.found).toEqual([
      'this machine is qlik01',
      'something that listens on the database port 4432',
    ]);
    expect(proposal.missing).toEqual([
      'nodes: the servers of the site',
      'share: the root of the file share',
      'vault: where backup sets are kept',
    ]);
    expect(proposal.text).toContain('\nname: qlik01\n');
  });

  it('takes the name it is given', async () => {
    expect((await proposeSite('prod', machine())).text).toContain('\nname: prod\n');
  });

  it.each(['Prod', '../x', ''])('refuses the name %j', async (name) => {
    await expect(proposeSite(name, machine())).rejects.toThrow(UsageError);
  });
});
