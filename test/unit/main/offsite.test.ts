import { describe, expect, it } from 'vitest';
import { openVault } from '../../../src/main/offsite.ts';
import type { SiteRepository } from '../../../src/site/schema.ts';
import { createFakeExec } from '../../helpers/fake-exec.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from '../actions/fakes.ts';

const restic: SiteRepository = {
  repository: { env: 'REPOSITORY' },
  password: { env: 'RESTIC' },
  program: 'restic',
  env: { REGION: 'eu' },
  options: [],
  timeout: 1000,
};

describe('an offsite copy', () => {
  it('is reached with its secrets, after the folder of its cache was made private', async () => {
    const root = temporaryFolder();
    const made: string[] = [];
    const clock = createManualClock();
    const { offsite } = openVault({
      site: fakeSite({ vault: { kind: 'folder', folder: root, copies: [{ name: 'cloud', restic }] } }),
      secrets: {
        read: (reference) => Promise.resolve('env' in reference ? `the ${reference.env}` : 'nothing'),
      },
      exec: createFakeExec([]).exec,
      clock,
      stateFolder: '/state',
      folder: {
        root,
        site: 'demo',
        host: 'qs1',
        clock,
        workerFile: new URL('file:///worker.js'),
        self: { pid: 1, startedAt: 'then' },
        isAlive: () => Promise.resolve(true),
        makePrivate: async (folder) => {
          made.push(folder);
        },
      },
    });
    expect(await offsite.copies[0]?.target.environment()).toEqual({
      RESTIC_PASSWORD: 'the RESTIC',
      RESTIC_REPOSITORY: 'the REPOSITORY',
      REGION: 'eu',
    });
    expect(made).toEqual(['/state']);
  });
});
