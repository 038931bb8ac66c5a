import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../../src/contract/errors.ts';
import {
  LockedRepositoryError,
  MissingRepositoryError,
  NoSnapshotError,
  wordFailure,
} from '../../../../src/vault/restic/failure.ts';
import type { ResticTarget } from '../../../../src/vault/restic/target.ts';

const target: ResticTarget = {
  name: 'offsite',
  kind: 'copy',
  site: 'site',
  program: 'restic',
  repository: 's3:https://host/bucket',
  options: [],
  environmentNames: [],
  environment: () => Promise.resolve({}),
  timeoutMs: 1,
};

/** What a failed restic becomes. */
function worded(stderr: string, code: number | undefined = 1): Error {
  const facts = { argv: ['restic'], stderr, ...(code === undefined ? {} : { code }) };
  return wordFailure(target, new CommandError('restic failed', facts)) as Error;
}

describe('what restic says', () => {
  // As restic 0.14 said it: of a folder, an S3 server and one that does not answer.
  it.each([
    'Fatal: unable to open config file: stat /mnt/offsite/config: no such file or directory\nIs there a repository at the following location?\n/mnt/offsite',
    'Fatal: unable to open config file: Stat: The specified key does not exist.\nIs there a repository at the following location?',
    'Fatal: unable to open config file: Stat: The specified bucket does not exist\nIs there a repository at the following location?',
  ])('means that there is no repository: %s', (stderr) => {
    expect(worded(stderr)).toBeInstanceOf(MissingRepositoryError);
  });

  it.each([
    'Fatal: unable to open config file: Stat: Get "https://host/bucket/": dial tcp 10.0.0.1:443: connect: connection refused\nIs there a repository at the following location?',
    'Fatal: unable to open config file: Stat: Access Denied.\nIs there a repository at the following location?',
    'Fatal: unable to open repository at sftp:nobody@host:/b: unable to start the sftp session, error: read |0: file already closed',
  ])('does not mean that there is no repository: %s', (stderr) => {
    expect(worded(stderr)).not.toBeInstanceOf(MissingRepositoryError);
    expect(worded(stderr).message).toMatch(/^Copy offsite \(s3:https:\/\/host\/bucket\) cannot be used: /);
  });

  it('tells a wrong password, a lock, a missing set and a missing program apart', () => {
    expect(worded('Fatal: wrong password or no key found').message).toContain('is wrong');
    expect(worded('', 12).message).toContain('is wrong');
    expect(worded('unable to create lock in backend: repository is already locked by PID 9')).toBeInstanceOf(
      LockedRepositoryError,
    );
    expect(worded('', 10)).toBeInstanceOf(MissingRepositoryError);
    expect(worded('Fatal: failed to find snapshot: no snapshot found')).toBeInstanceOf(NoSnapshotError);
    const notStarted = wordFailure(target, new CommandError('not started', { argv: ['restic'] })) as Error;
    expect(notStarted.message).toContain('cannot be started');
  });
});
