import path from 'node:path';
import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CertificateEntry } from '../../../src/actions/certificate-index.ts';
import { createCheckDrill } from '../../../src/actions/check-drill.ts';
import { createDrillDue } from '../../../src/actions/drill-due.ts';
import { createDrillJudge } from '../../../src/actions/drill-judge.ts';
import { createDrillRemoveCluster } from '../../../src/actions/drill-remove-cluster.ts';
import { createDrillStartCluster } from '../../../src/actions/drill-start-cluster.ts';
import { judgeCertificates } from '../../../src/actions/judge-certificates.ts';
import { InterruptedError, NotProvenError, PreflightError, StepError } from '../../../src/contract/errors.ts';
import { createAuthority, issue, type IssuedCertificate } from '../../../src/platform/certificates/issue.ts';
import { openPfx, writePfx } from '../../../src/platform/certificates/pfx.ts';
import type { Manifest, SetSummary } from '../../../src/vault/vault.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeScratch, parts } from './fakes.ts';
import { checksOf, failed, runAction } from './harness.ts';

const DAY_MS = 86_400_000;

describe('drill.due', () => {
  const now = createManualClock().now().getTime();
  const proven = (daysAgo: number): SetSummary => ({
    id: String(daysAgo),
    path: '',
    state: 'complete',
    createdAt: new Date(now - daysAgo * DAY_MS).toISOString(),
    provenAt: new Date(now).toISOString(),
  });
  const due = async (drill: string, sets: SetSummary[], free = 1e12) => {
    const c = { ...parts(), scratch: fakeScratch(), clock: createManualClock() };
    c.vault.sets = sets;
    return runAction(createDrillDue({ ...c, freeBytes: async () => free }), { drill });
  };

  it('is so by the age of the newest set that is proven', async () => {
    expect((await due('never', [])).outputs).toEqual({ due: false });
    expect((await due('weekly', [proven(8)])).outputs).toEqual({ due: true, major: 14, dumpMajor: 14 });
    expect((await due('weekly', [proven(8), proven(6)])).outputs).toEqual({ due: false });
    expect((await due('always', [proven(1)])).outputs).toMatchObject({ due: true });
  });

  it('tells the plan the same', async () => {
    const { plan, outputs } = await due('weekly', []);
    expect(plan.outputs).toEqual(outputs);
  });

  it('is a warning, and no reason to have no backup, where there is no room', async () => {
    const { outputs, warnings } = await due('always', [], 1000);
    expect(outputs).toEqual({ due: false });
    expect(warnings).toEqual([
      expect.stringMatching(/^The set will not be drilled: 1.0 kB free in \/scratch/),
    ]);
  });
});

describe('check.drill', () => {
  const SET: SetSummary = { id: 'SET', path: '', state: 'complete', createdAt: '' };
  const manifest = {
    manifestSha256: 'abc',
    postgres: { server: '14.17', clients: '15.2' },
    databases: [
      {
        name: 'QSR',
        database: 'QSR',
        file: 'databases/QSR_backup.tar',
        format: 'tar',
        bytes: 1000,
        owner: 'o',
        encoding: 'UTF8',
        collate: 'C',
        ctype: 'C',
      },
    ],
  };
  const drill = (changes: { manifest?: object; scratch?: Partial<ReturnType<typeof fakeScratch>> } = {}) => {
    const c = parts();
    c.vault.sets = [SET];
    const read = async () => (changes.manifest ?? manifest) as unknown as Manifest;
    const collaborators = {
      ...c,
      vault: { ...c.vault, read },
      scratch: { ...fakeScratch(), ...changes.scratch },
      secrets: { read: async () => 'word' },
    };
    return checksOf(createCheckDrill(collaborators), {}, { set: 'latest' });
  };

  it('gives the set and the versions that the others need', async () => {
    const { checks, outputs } = await drill();
    expect(failed(checks)).toEqual([]);
    expect(outputs).toMatchObject({ set: 'SET', major: 14, dumpMajor: 15 });
  });

  it('asks for no password of certificates where the set has none, and says so', async () => {
    const { checks } = await drill({ manifest: { ...manifest, lacks: ['certificates'] } });
    expect(checks.map(({ id }) => id)).not.toContain('certificates-password');
    expect(checks.find(({ id }) => id === 'drill-certificates')?.message).toMatch(/without certificates/);
  });

  it('refuses when there are no server programs of that version, and says what to do', async () => {
    const programs = (major: number) =>
      Promise.reject(
        new PreflightError(`Server programs of PostgreSQL ${major} are needed`, { hint: 'drill.bin' }),
      );
    expect(failed((await drill({ scratch: { programs } })).checks)).toEqual([
      {
        id: 'drill-server-programs',
        status: 'failed',
        message: 'Server programs of PostgreSQL 14 are needed',
        hint: 'drill.bin',
      },
    ]);
  });

  it('refuses a manifest that leads out of the set', async () => {
    const databases = [{ ...manifest.databases[0], file: 'databases/../../other' }];
    const { checks } = await drill({ manifest: { ...manifest, databases } });
    expect(failed(checks)).toHaveLength(1);
  });
});

describe('drill.judge', () => {
  const verdict = {
    set: 'SET',
    verdict: 'failed',
    differenceCount: 21,
    differences: Array(20).fill('a line'),
  };
  const judge = (drill: object, backup = false) =>
    runAction(createDrillJudge(), { drill, backup } as never).then(
      ({ outputs }) => outputs,
      (error: unknown) => error,
    );

  it('passes only what is proven', async () => {
    expect(await judge({ ...verdict, verdict: 'passed', differenceCount: 0, differences: [] })).toEqual({
      proven: true,
    });
    expect(await judge({ ...verdict, verdict: 'not-compared' })).toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/nothing to compare it with: not proven$/) as string,
    });
  });

  it('names every difference, and that the backup is there', async () => {
    const error = await judge(verdict, true);
    expect(error).toBeInstanceOf(NotProvenError);
    const { message } = error as Error;
    expect(message).toMatch(
      /^the backup set SET is there and complete, but it did not prove restorable: 21 diff/,
    );
    expect(message.split('\n')).toHaveLength(22);
    expect(message).toMatch(/and 1 more$/);
  });
});

describe('drill.start-cluster', () => {
  it('is interrupted, not failed, when Ctrl+C ends the program that starts the server', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const scratch = {
      ...fakeScratch(),
      folder,
      start: () => {
        controller.abort(new InterruptedError('Ctrl+C'));
        return Promise.reject(new StepError('the server did not start'));
      },
    };
    const run = runAction(createDrillStartCluster({ scratch }), { major: 15 }, { signal: controller.signal });
    await expect(run).rejects.toBeInstanceOf(InterruptedError);
  });
});

describe('drill.remove-cluster', () => {
  it('removes what lies in the folder of the run, and nothing when none was made', async () => {
    const scratch = fakeScratch();
    expect((await runAction(createDrillRemoveCluster({ scratch }), { major: 15 })).outputs).toEqual({
      removed: true,
    });
    expect(scratch.log).toEqual([`remove ${path.join('/scratch', 'sense-runbook-drill-RUN')}`]);
    expect((await runAction(createDrillRemoveCluster({ scratch }), {})).outputs).toEqual({ removed: false });
  });
});

describe('the certificates of a set', () => {
  let authority: IssuedCertificate;
  let own: IssuedCertificate;
  const roles = ['ca', 'server', 'client', 'service-cluster'] as const;

  beforeAll(async () => {
    authority = await createAuthority({ commonName: 'qs1-CA', years: 10 });
    own = await issue({ authority, commonName: 'qs1', notAfter: new Date(Date.now() + 100 * DAY_MS) });
  });

  async function judge(
    options: { password?: string; now?: Date; chain?: boolean; without?: string; use?: 'encryption' } = {},
  ) {
    const folder = temporaryFolder();
    const { fingerprint, subject, issuer, validFrom, validTo } = new X509Certificate(own.certificatePem);
    const entries = roles
      .filter((role) => role !== options.without)
      .map((role): CertificateEntry => ({
        role,
        file: `certificates/${role}.pfx`,
        store: 'LocalMachine/My',
        subject,
        issuer,
        thumbprint: fingerprint.replaceAll(':', ''),
        notBefore: new Date(validFrom).toISOString(),
        notAfter: new Date(validTo).toISOString(),
        ...(options.use === undefined ? {} : { use: options.use }),
      }));
    const chain = options.chain === false ? [] : [authority.certificatePem];
    const file = path.join(folder, 'own.pfx');
    await writePfx({ ...own, file, password: 'right', chain });
    return judgeCertificates(
      entries,
      () => openPfx(file, options.password ?? 'right'),
      options.now ?? new Date(),
    );
  }

  it('are right when each opens, fits its key, and leads to its root', async () => {
    expect(await judge()).toEqual({ differences: [], warnings: [], wrongPassword: false });
  });

  it("do not fail for the customer's own: one of data encryption does its work when it has expired", async () => {
    const { differences, warnings } = await judge({
      use: 'encryption',
      now: new Date(Date.now() + 101 * DAY_MS),
    });
    expect(differences).toEqual([]);
    expect(warnings[0]).toMatch(/expired on/);
  });

  it('name a file once, also where the error does', async () => {
    const file = path.join('set', 'certificates', 'server.pfx');
    const entry = {
      file: 'certificates/server.pfx',
      role: 'server' as const,
      thumbprint: 'A',
      subject: 'CN=a',
    };
    const { differences } = await judgeCertificates(
      [entry as never],
      () => Promise.reject(new StepError(`${file} cannot be opened`)),
      new Date(),
    );
    expect(differences.at(-1)).toBe('certificates/server.pfx cannot be opened');
  });

  it('name a wrong password for every file', async () => {
    const { differences, wrongPassword } = await judge({ password: 'wrong' });
    expect(differences).toHaveLength(4);
    expect(wrongPassword).toBe(true);
    expect(await judge({ password: 'wrong', without: 'client' })).toMatchObject({ wrongPassword: false });
    expect(differences[1]).toMatch(/^certificates\/server\.pfx: .*the password is wrong/);
  });

  it('name what is missing, what has no root, and what has expired or will soon', async () => {
    expect((await judge({ without: 'client' })).differences).toEqual([
      'certificates: the client certificate (QlikClient) is not in the set',
    ]);
    expect((await judge({ chain: false })).differences[0]).toMatch(/no certificate of its issuer/);
    const later = (days: number) => judge({ now: new Date(Date.now() + days * DAY_MS) });
    expect((await later(101)).differences[0]).toMatch(/expired on/);
    expect(await later(90)).toMatchObject({
      differences: [],
      warnings: expect.arrayContaining([expect.stringMatching(/expires in 9 days/)]) as string[],
    });
  });
});
