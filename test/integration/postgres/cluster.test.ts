import fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adoptCluster, createCluster } from '../../../src/postgres/cluster.ts';
import type { Cluster } from '../../../src/postgres/cluster.ts';
import { connect } from '../../../src/postgres/connect.ts';
import type { ServerPrograms } from '../../../src/postgres/server.ts';
import { findTestPrograms, makeOpenFolder, testExec } from '../../helpers/postgres.ts';

let folder: string;
let programs: ServerPrograms;
const clusters: Cluster[] = [];

beforeAll(async () => {
  folder = await makeOpenFolder('sense runbook é-');
  programs = (await findTestPrograms()).server;
});

afterAll(async () => {
  for (const cluster of clusters) await cluster.remove();
  await fs.rm(folder, { recursive: true, force: true });
});

test('a cluster in a path with spaces and non-ASCII letters runs, stops, starts and is adopted', async () => {
  const password = String.raw`a:\'" ä`;
  const cluster = await createCluster({
    exec: testExec,
    programs,
    folder: path.join(folder, 'Größe ж', 'cluster'),
    superuser: 'postgres',
    password,
    durable: false,
    settings: { max_connections: 11, search_path: `"it's", public` },
  });
  clusters.push(cluster);
  expect(cluster.pid).toBeGreaterThan(1);

  const client = await connect(cluster.address, 'postgres');
  const [row] = await client.query<Record<string, string>>(
    `select current_setting('max_connections') as connections, current_setting('search_path') as path,
            current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as sockets,
            current_setting('server_encoding') as encoding`,
  );
  await client.close();
  expect(row).toEqual({
    connections: '11',
    path: `"it's", public`,
    listen: '127.0.0.1',
    sockets: '',
    encoding: 'UTF8',
  });
  expect(await fs.readdir(cluster.folder)).not.toContain('initial-password');
  await expect(connect({ ...cluster.address, password: 'wrong' }, 'postgres')).rejects.toThrow(
    /refused the password/,
  );

  await cluster.stop();
  await cluster.stop();
  await expect(connect(cluster.address, 'postgres')).rejects.toThrow(/refused/);
  await cluster.start();

  const adopted = await adoptCluster(cluster.folder, { exec: testExec, programs }, password);
  expect(adopted?.address).toEqual(cluster.address);
  expect(adopted?.pid).not.toBe(cluster.pid);
  await adopted?.remove();
  await expect(fs.stat(cluster.folder)).rejects.toThrow(/ENOENT/);
  await expect(connect(cluster.address, 'postgres')).rejects.toThrow(/refused/);
}, 120_000);

test('a folder that holds something is left alone', async () => {
  const taken = path.join(folder, 'taken');
  await fs.mkdir(taken);
  await fs.writeFile(path.join(taken, 'mine.txt'), 'mine');
  const request = { exec: testExec, programs, folder: taken, superuser: 'postgres', password: 'secret' };
  await expect(createCluster(request)).rejects.toThrow(/not empty/);
  expect(await fs.readFile(path.join(taken, 'mine.txt'), 'utf8')).toBe('mine');
  expect(await adoptCluster(taken, { exec: testExec, programs })).toBeUndefined();
});

test('a server that does not start says why and leaves nothing', async () => {
  const place = path.join(folder, 'broken');
  const request = { exec: testExec, programs, folder: place, superuser: 'postgres', password: 'secret' };
  await expect(
    createCluster({ ...request, durable: false, settings: { shared_buffers: 'much' } }),
  ).rejects.toThrow(/did not start.*shared_buffers/s);
  await expect(fs.stat(place)).rejects.toThrow(/ENOENT/);
}, 120_000);

test('a process id that belongs to another program by now is not touched', async () => {
  const place = path.join(folder, 'stale');
  await fs.mkdir(path.join(place, 'data'), { recursive: true });
  await fs.writeFile(
    path.join(place, 'cluster.json'),
    JSON.stringify({ schemaVersion: 1, port: 1, superuser: 'postgres' }),
  );
  await fs.writeFile(path.join(place, 'data', 'postmaster.pid'), `${process.pid}\n${place}/data\n`);
  const adopted = await adoptCluster(place, { exec: testExec, programs });
  expect(adopted?.pid).toBeUndefined();
  await adopted?.remove();
  await expect(fs.stat(place)).rejects.toThrow(/ENOENT/);
});

test.runIf(process.getuid?.() === 0)('a folder closed to the unprivileged user is named', async () => {
  const closed = path.join(folder, 'closed');
  await fs.mkdir(closed, { mode: 0o700 });
  const request = { exec: testExec, programs, superuser: 'postgres', password: 'secret' };
  await expect(createCluster({ ...request, folder: path.join(closed, 'cluster') })).rejects.toMatchObject({
    message: expect.stringContaining(`cannot enter the folder ${closed}`) as string,
    hint: expect.stringContaining('chmod o+x') as string,
    exitCode: 3,
  });
  expect(await fs.readdir(closed)).toEqual([]);
});
