import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import type { UpgradePlan } from '../../../src/upgrade/types.ts';
import { fakeSite, runLine } from './fake-context.ts';

function json(line: readonly string[], changes: Parameters<typeof runLine>[2] = {}) {
  return runLine([...line, '--json'], fakeSite(), changes).then((ran) => ({
    ...ran,
    plan: ran.out === '' ? undefined : (JSON.parse(ran.out) as UpgradePlan),
  }));
}

const FROM = ['upgrade', 'plan', '--from', 'Aug 2022 p5', '--to', '2025-05'];

describe('upgrade plan', () => {
  it('needs flags alone', async () => {
    const { code, out, err } = await runLine(FROM);
    expect(code).toBe(0);
    expect(out).toMatch(/^Upgrade plan: August 2022 Patch 5 -> May 2025\n/);
    expect(err).toBe('');
  });

  it('reads every flag', async () => {
    const { plan } = await json([
      ...FROM,
      ...['--first-installed', 'june 2019', '--postgres', '9.6', '--postgres-kind', 'standalone'],
      ...['--postgres-remote', '--persistence', 'shared', '--service-account', 'local-system', '--ssl'],
      ...['--nodes', '8', '--uninstalled', '--no-centralized-logging', '--dot-net', '4.7.2'],
      ...['--no-visual-cpp', '--powershell', '5.1', '--execution-policy', 'AllSigned', '--no-avx'],
      ...['--free-space', '12', '--no-pending-reboot', '--databases', 'QSR, QSMQ'],
      ...['--password-encryption', 'scram-sha-256', '--changed-config', 'services.conf'],
      ...['--changed-config', 'Proxy.exe.config', '--capabilities-changed', '--no-proxy-settings'],
      ...[
        '--windows',
        'Windows Server 2022',
        '--patch',
        '6',
        '--minutes',
        'upgrade=40',
        '--alternatives',
        '2',
      ],
    ]);
    expect(plan?.start).toEqual({
      release: 'Aug 2022 p5',
      patch: 6,
      firstInstalled: 'june 2019',
      postgres: { version: '9.6', kind: 'standalone', remote: true },
      persistence: 'shared',
      serviceAccount: 'local-system',
      ssl: true,
      nodes: 8,
      uninstalled: true,
      centralizedLogging: false,
      dotNet: '4.7.2',
      windows: 'Windows Server 2022',
      visualCpp: false,
      powerShell: '5.1',
      executionPolicy: 'AllSigned',
      avx: false,
      freeBytes: 12e9,
      pendingReboot: false,
      databases: ['QSR', 'QSMQ'],
      passwordEncryption: 'scram-sha-256',
      changedConfig: ['services.conf', 'Proxy.exe.config'],
      capabilitiesChanged: true,
      proxySettings: false,
    });
    expect(plan?.schemaVersion).toBe(1);
  });

  it.each([
    ['--no-changed-config', '--changed-config', 'services.conf', ['services.conf']],
    ['--changed-config', 'services.conf', '--no-changed-config', []],
  ])('takes the last word on changed files: %s %s %s', async (...words) => {
    const { plan } = await json([...FROM, ...(words.slice(0, 3) as string[])]);
    expect(plan?.start.changedConfig).toEqual(words[3]);
  });

  it.each([
    [['--from', 'Aug 2024', '--to', 'May 2025'], /no release/, /May 2024 and November 2024/],
    [['--from', 'May 2024', '--to', 'tomorrow'], /no release/, /sense-runbook upgrade releases/],
    [
      ['--from', 'May 2024', '--to', 'May 2025', '--postgres-kind', 'own'],
      /--postgres-kind own/,
      /standalone/,
    ],
    [['--from', 'May 2024', '--to', 'May 2025', '--postgres', 'new'], /--postgres new/, /9\.6/],
    [['--from', 'May 2024', '--to', 'May 2025', '--nodes', '0'], /--nodes 0/, /^$/],
    [['--from', 'May 2024', '--to', 'May 2025', '--password-encryption', 'x'], /not known/, /md5/],
    [['--from', 'May 2024', '--to', 'May 2025', '--free-space', 'much'], /--free-space much/, /^$/],
    [['--from', 'May 2024', '--to', 'May 2025', '--patch', 'x'], /--patch x/, /^$/],
    [['--from', 'May 2024', '--to', 'May 2025', '--minutes', 'upgrades=3'], /--minutes/, /upgrade=40/],
    [['--from', 'May 2024', '--to', 'May 2025', '--minutes', 'upgrade'], /upgrade is not KIND/, /upgrade=40/],
    [['--from', 'May 2024', '--to', 'May 2025', '--windows', 'XP'], /--windows XP/, /Windows Server 2016/],
    [['--from', 'May 2024', '--to', 'May 2025', '--format', 'pdf'], /--format pdf/, /markdown/],
    [
      ['--from', 'May 2024', '--to', 'May 2025', '--alternative', '7'],
      /no alternative 7/,
      /--alternatives N/,
    ],
    [
      ['--from', 'May 2024', '--to', 'May 2025', '--alternative', '1', '--follow-advice'],
      /exclude each other/,
      /another path/,
    ],
  ])('refuses %j', async (words, message, hint) => {
    const { error } = await runLine(['upgrade', 'plan', ...words]);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(message);
    expect((error as UsageError).hint ?? '').toMatch(hint);
  });

  it('makes an alternative the plan, and says what it was chosen instead of', async () => {
    const [cheapest, advised, first] = await Promise.all([
      json(FROM),
      json([...FROM, '--follow-advice']),
      json([...FROM, '--alternative', '1']),
    ]);
    expect(cheapest.out).not.toContain('"chosen"');
    expect(first.plan?.hops).toEqual(cheapest.plan?.alternatives[0]?.hops);
    expect(advised.plan?.hops).toEqual(first.plan?.hops);
    const { out } = await runLine([...FROM, '--follow-advice']);
    expect(out.replace(/\s+/g, ' ')).toContain(
      'Chosen instead of the cheapest path: the latest release before the Qlik PostgreSQL Installer. 3 hops.',
    );
    expect(out).not.toContain('Take it with');
    expect((await runLine(FROM)).out).toContain('Take it with --alternative 1.');
  });

  it('says that the cheapest path follows all advice, where it does', async () => {
    const line = ['upgrade', 'plan', '--from', 'May 2024', '--to', 'May 2025', '--postgres', '14.8'];
    const { code, err } = await runLine([...line, '--follow-advice']);
    expect([code, err]).toEqual([0, 'note: the cheapest path follows all advice that can be followed\n']);
  });

  it('ends with 3 and the rule where there is no way', async () => {
    const { code, out } = await runLine(['upgrade', 'plan', '--from', 'May 2025', '--to', 'May 2023']);
    expect(code).toBe(3);
    expect(out).toContain('There is no path');
  });

  it('ends with 8 when warnings count', async () => {
    const { code } = await runLine([...FROM, '--strict']);
    expect(code).toBe(8);
  });

  it.each([
    ['markdown', /^# Upgrade plan/],
    ['html', /^<!doctype html>/],
    ['json', /^\{\n {2}"schemaVersion": 1,\n {2}"kind": "upgrade-plan"/],
  ])('prints %s', async (format, start) => {
    expect((await runLine([...FROM, '--format', format])).out).toMatch(start);
  });

  it('leaves out what hops demand with --brief', async () => {
    const whole = (await runLine(FROM)).out;
    const brief = (await runLine([...FROM, '--brief'])).out;
    expect(whole.startsWith(brief)).toBe(true);
    expect(whole).toContain('   Before\n   [ ] ');
    expect(brief).not.toContain('[ ]');
  });

  it('saves the plan for its owner alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sense-upgrade-'));
    try {
      const file = join(folder, 'plan.json');
      const { code, err } = await runLine([...FROM, '--out', file]);
      expect([code, err]).toEqual([0, `saved: ${file}\n`]);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ kind: 'upgrade-plan', to: 'May 2025' });
      if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('upgrade plan beside a site file', () => {
  const known = {
    release: 'May 2022',
    patch: 4,
    nodes: 2,
    postgres: { version: '12.5', kind: 'bundled' as const },
  };
  const upgradeStart = () =>
    Promise.resolve({ known, file: '/s/site.yaml', notes: ['the database was not asked'] });

  it('takes from the site what no flag says', async () => {
    const { plan } = await json(['upgrade', 'plan', '--to', 'May 2025', '--postgres', '9.6'], {
      upgradeStart,
    });
    expect(plan?.start).toEqual({ ...known, postgres: { version: '9.6', kind: 'bundled' } });
    const { err } = await runLine(['upgrade', 'plan', '--to', 'May 2025'], fakeSite(), { upgradeStart });
    expect(err).toContain('note: the database was not asked\n');
    expect(err).toContain('/s/site.yaml');
  });

  it('asks the site nothing when --from is given, unless the site is named', async () => {
    expect((await json(FROM)).plan?.start).toEqual({ release: 'Aug 2022 p5' });
    const { plan } = await json(['--site', '/s/site.yaml', ...FROM], { upgradeStart });
    expect(plan?.start).toMatchObject({ release: 'Aug 2022 p5', nodes: 2 });
    // The patch of the site belongs to the release that is installed there.
    expect(plan?.start.patch).toBeUndefined();
    expect(plan?.from).toBe('August 2022 Patch 5');
  });

  it('says on stderr that a site file was left out, and how it is not', async () => {
    const siteFile = () => Promise.resolve('/s/site.yaml');
    const { code, err } = await runLine(FROM, fakeSite(), { siteFile });
    expect([code, err]).toEqual([
      0,
      'note: with --from the flags alone were used, nothing of /s/site.yaml. With --site "/s/site.yaml" it answers what no flag does.\n',
    ]);
    const { plan } = await json(FROM, { siteFile });
    expect(plan?.start).toEqual({ release: 'Aug 2022 p5' });
    const named = await runLine(['--site', '/s/site.yaml', ...FROM], fakeSite(), { siteFile, upgradeStart });
    expect(named.err).not.toContain('the flags alone');
  });

  it.each([
    [undefined, /there is no site file/],
    [{ known: { nodes: 2 }, file: '/s/site.yaml', notes: [] }, /neither \/s\/site\.yaml nor this machine/],
  ])('says how to answer when nothing tells the release', async (found, message) => {
    const { error } = await runLine(['upgrade', 'plan', '--to', 'May 2025'], fakeSite(), {
      upgradeStart: () => Promise.resolve(found),
    });
    expect((error as UsageError).message).toMatch(message);
    expect((error as UsageError).hint).toContain('--from "August 2022 Patch 5"');
  });
});

describe('upgrade releases and upgrade rules', () => {
  it('print tables, or one JSON document', async () => {
    expect((await runLine(['upgrade', 'releases'])).out).toMatch(/^RELEASE +BUILD +POSTGRESQL +SOURCE\n/);
    const releases = JSON.parse((await runLine(['upgrade', 'releases', '--json'])).out) as {
      releases: object[];
    };
    expect(releases).toMatchObject({ schemaVersion: 1 });
    expect(releases.releases[0]).toMatchObject({ name: '3.0' });
    expect((await runLine(['upgrade', 'rules'])).out).toMatch(/^Rules that close a way\n/);
    const rules = JSON.parse((await runLine(['upgrade', 'rules', '--json'])).out) as object;
    expect(Object.keys(rules)).toEqual(['schemaVersion', 'groups', 'postgres', 'exitCodes', 'installers']);
  });

  it('print what is inference alone', async () => {
    const { out } = await runLine(['upgrade', 'rules', '--inference']);
    expect(out).toContain('standalone-target');
    expect(out).not.toContain('november-2020-first');
  });
});
