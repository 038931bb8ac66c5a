import { rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoPaths } from '../../src/demo/site-paths.ts';
import { serversFile } from '../../src/platform/simulated/stand-in-servers.ts';
import { newestJournal, openLab, type Lab } from '../helpers/lab.ts';
import { backUpToBeLost, NEW_HOST, openNewMachine, type NewMachine } from '../helpers/new-machine.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';

const OLD_HOST = 'qs1.demo.example';
const RESTORE = ['restore', 'latest', '--new-host', NEW_HOST, '--approve', 'destroy=demo'];

let lab: Lab;
let folder: string;
let machine: NewMachine;
/** Stands for the central node that was. */
let old: Server;

beforeAll(async () => {
  lab = await openLab();
  await backUpToBeLost(lab);
  old = createServer((socket) => {
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    old.listen(0, '127.0.0.1', resolve);
  });
});

afterAll(async () => {
  await new Promise((resolve) => old.close(resolve));
  await lab.close();
});

beforeEach(async () => {
  folder = await makeOpenFolder('sense-runbook-old-');
  const dir = join(folder, 'machine');
  machine = await openNewMachine(lab, dir, { quick: true });
  const { port: oldCentral } = old.address() as AddressInfo;
  await writeFile(
    serversFile(demoPaths(dir).node('central')),
    JSON.stringify({ schemaVersion: 1, oldCentral }),
  );
});

afterEach(async () => {
  await machine.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Steps of the newest run that began to change something. */
function begun(): unknown[] {
  return newestJournal(machine).filter(({ type }) => type === 'intent');
}

describe('a restore to another host while the old central node answers', () => {
  it('ends before anything is changed, and says which host it is and what to do', async () => {
    const before = await machine.digest();
    const { code, stdout, stderr } = await machine.run(RESTORE);
    expect(code, stdout + stderr).toBe(3);
    const said = stderr.replaceAll(/\s+/g, ' ');
    expect(said).toContain('1 preflight check failed; nothing was changed');
    expect(said).toContain(`The old central node ${OLD_HOST} still answers`);
    expect(said).toContain('Shut it down');
    expect(begun()).toEqual([]);
    expect(await machine.digest()).toEqual(before);
  });

  it('goes on with a warning where somebody says that it is dead', async () => {
    const { code, stdout, stderr } = await machine.run([...RESTORE, '--old-is-dead']);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      `warning: The old central node ${OLD_HOST} still answers`,
    );
    expect((await machine.digest()).root).toBe(machine.share);
  });
});
