import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/foundation/clock.ts';
import { findFreePort } from '../../../../src/postgres/free-port.ts';
import { prepareRepository } from '../../../../src/vault/restic/send.ts';
import { labSource, NO_RESTIC } from '../../../helpers/restic.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path));
const SERVER = ['/usr/lib/openssh/sftp-server', '/usr/libexec/openssh/sftp-server'].find((path) =>
  existsSync(path),
);
const missing =
  NO_RESTIC ?? (SSHD === undefined || SERVER === undefined ? 'sshd is not installed here' : undefined);

const stop: (() => void)[] = [];
afterEach(() => {
  for (const end of stop.splice(0)) end();
});

/** An SSH server of its own on a free port. Gives the command that restic reaches its SFTP by. */
async function startSshd(folder: string): Promise<string> {
  const [host, client] = [join(folder, 'host-key'), join(folder, 'client-key')];
  for (const key of [host, client])
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key], { stdio: 'ignore' });
  const port = await findFreePort();
  const config = join(folder, 'sshd_config');
  writeFileSync(
    config,
    [
      `Port ${String(port)}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${host}`,
      `AuthorizedKeysFile ${client}.pub`,
      'StrictModes no',
      'PasswordAuthentication no',
      'UsePAM no',
      'PidFile none',
      `Subsystem sftp ${String(SERVER)}`,
    ].join('\n'),
  );
  mkdirSync('/run/sshd', { recursive: true });
  const child = spawn(String(SSHD), ['-D', '-e', '-f', config], { stdio: 'ignore' });
  stop.push(() => child.kill('SIGTERM'));
  await expect.poll(() => answers(port), { timeout: 20_000 }).toBe(true);
  const known = 'StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null';
  return `ssh -o ${known} -o LogLevel=ERROR -p ${String(port)} -i ${client} ${userInfo().username}@127.0.0.1 -s sftp`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

// sshd as another user than root cannot be had everywhere: /run/sshd belongs to root.
describe.skipIf(missing !== undefined || process.getuid?.() !== 0)('a repository over SFTP', () => {
  it('is made when it is missing, and one that cannot be reached is not taken for a missing one', async () => {
    const folder = temporaryFolder();
    const command = await startSshd(folder);
    const repository = `sftp:${userInfo().username}@127.0.0.1:${join(folder, 'offsite')}`;
    const source = await labSource(folder, { repository, options: [`sftp.command=${command}`] });
    const run = source.plain(new AbortController().signal);
    const record = await prepareRepository({
      repository: source.repository(run),
      record: source.record,
      clock: systemClock,
    });
    expect(record.sets).toEqual([]);
    expect(existsSync(join(folder, 'offsite', 'config'))).toBe(true);

    const broken = await labSource(folder, { repository, options: ['sftp.command=false'] });
    await expect(broken.list()).rejects.toThrow(/cannot be used/);
  });
});
