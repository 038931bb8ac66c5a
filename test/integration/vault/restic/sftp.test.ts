import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/foundation/clock.ts';
import { prepareRepository } from '../../../../src/vault/restic/send.ts';
import { labSource, NO_RESTIC } from '../../../helpers/restic.ts';
import { NO_SSHD, startSshd } from '../../../helpers/sshd.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

const SERVER = ['/usr/lib/openssh/sftp-server', '/usr/libexec/openssh/sftp-server'].find((path) =>
  existsSync(path),
);
const missing =
  NO_RESTIC ?? NO_SSHD ?? (SERVER === undefined ? 'sftp-server is not installed here' : undefined);

const stop: (() => void)[] = [];
afterEach(() => {
  for (const end of stop.splice(0)) end();
});

/** Starts an SSH server and gives the command that restic reaches its SFTP by. */
async function serveSftp(folder: string): Promise<string> {
  const server = await startSshd({ folder, settings: [`Subsystem sftp ${String(SERVER)}`] });
  stop.push(() => {
    server.stop();
  });
  const known = `UserKnownHostsFile=${server.knownHosts} -o HostKeyAlias=127.0.0.1`;
  return `ssh -o ${known} -o LogLevel=ERROR -p ${String(server.port)} -i ${server.key} ${server.user}@127.0.0.1 -s sftp`;
}

describe.skipIf(missing !== undefined)('a repository over SFTP', () => {
  it('is made when it is missing, and one that cannot be reached is not taken for a missing one', async () => {
    const folder = temporaryFolder();
    const command = await serveSftp(folder);
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
