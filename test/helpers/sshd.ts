import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { findFreePort } from '../../src/postgres/free-port.ts';

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path));

/** Why there is no SSH server here; undefined: there is one. */
export const NO_SSHD =
  SSHD === undefined
    ? 'sshd is not installed here (node scripts/setup.mjs --test-programs installs it)'
    : undefined;

/** A user that a server may run as, and then the only one who can log in there. */
export interface SshUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** An SSH server on a port of 127.0.0.1. */
export interface TestSshd {
  readonly port: number;
  readonly pid: number;
  /** Who logs in. */
  readonly user: string;
  /** File of the key that it lets in. */
  readonly key: string;
  /** Knows its host key as that of `host`. */
  readonly knownHosts: string;
  stop(): void;
}

/**
 * Starts one whose files are in `folder`, which its user must be able to enter. `settings` are lines of sshd_config: what
 * it is for. It runs as this user unless another one is given.
 */
export async function startSshd(options: {
  readonly folder: string;
  readonly settings: readonly string[];
  readonly host?: string;
  readonly user?: SshUser;
}): Promise<TestSshd> {
  const { folder, settings, host = '127.0.0.1', user } = options;
  const [hostKey, key] = [join(folder, 'host-key'), join(folder, 'client-key')];
  for (const file of [hostKey, key])
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file], { stdio: 'ignore' });
  if (user !== undefined) chownSync(hostKey, user.uid, user.gid);
  const port = await findFreePort();
  const config = join(folder, 'sshd_config');
  writeFileSync(
    config,
    [
      `Port ${String(port)}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${key}.pub`,
      'StrictModes no',
      'PasswordAuthentication no',
      'UsePAM no',
      'PidFile none',
      // Commands are run by the user's shell, whose own start-up files may take seconds.
      `SetEnv HOME=${folder}`,
      ...settings,
    ].join('\n'),
  );
  const knownHosts = join(folder, 'known-hosts');
  writeFileSync(knownHosts, `${host} ${readFileSync(`${hostKey}.pub`, 'utf8')}`);
  // Only a server of root separates its privileges there.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const child = spawn(String(SSHD), ['-D', '-e', '-f', config], {
    stdio: 'ignore',
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  await vi.waitFor(async () => expect(await answers(port)).toBe(true), { timeout: 20_000 });
  return {
    port,
    pid: child.pid ?? 0,
    user: user?.name ?? userInfo().username,
    key,
    knownHosts,
    stop: () => child.kill('SIGTERM'),
  };
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
