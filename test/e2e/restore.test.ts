import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { backedUpSite, type Tool } from '../helpers/backed-up-site.ts';
import type { Lab, LabSite } from '../helpers/lab.ts';
import { APPROVED } from '../helpers/restored-site.ts';
import {
  digestOf,
  expectOpen,
  leftBeside,
  markDatabases,
  workOnShare,
  type SiteDigest,
} from '../helpers/restore-site.ts';
import { expectAsPlanned, expectOnlyLooks } from './as-planned.ts';
import { expectRefused } from '../helpers/expect-tool.ts';

let lab: Lab;
let site: LabSite;
let tool: Tool;
let set: string;
let services: Record<string, string>;
let before: SiteDigest;
let ofSet: SiteDigest;

beforeAll(async () => {
  ({ lab, site, tool, set, services, ofSet, before } = await backedUpSite());
});

afterAll(() => lab.close());

describe('restore', () => {
  it('does what was planned, is put back by rollback, and keeps what it replaced until cleanup', async () => {
    const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', 'restore-same-host']]);
    const { stdout } = await tool(['restore', '--dry-run']);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'Root Admin when the set was made: DOMÄNE\\user1, DOMÄNE\\user2.',
    );
    const run = await tool(['restore', ...APPROVED]);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
    expect(run.stdout).toContain('Not done yet: In the QMC, reload the monitoring apps');
    expect(await digestOf(lab, site)).toEqual({ ...ofSet, config: before.config });
    await expectOpen(lab, 'a restore');
    expect(site.states()).toEqual(services);
    expect((await leftBeside(lab, site)).length).toBe(5);

    // What a rollback would find half-way, with the site down, it finds before it stops anything.
    const restored = (JSON.parse((await tool(['--json', 'runs'])).stdout) as { runs: { id: string }[] }).runs;
    const kept = join(site.share, `.sense-runbook-before-${restored.at(-1)?.id ?? ''}`);
    renameSync(kept, `${site.share}-moved`);
    await expectRefused(site, ['rollback', ...APPROVED], {
      code: 3,
      says: [/cannot be rolled back as things stand; nothing was changed/, /What was moved aside in/],
      hint: /keep the site as it is \(`sense-runbook cleanup/,
    });
    expect(site.states()).toEqual(services);
    renameSync(`${site.share}-moved`, kept);

    await tool(['rollback', ...APPROVED]);
    expect(await digestOf(lab, site)).toEqual(before);
    expect(await leftBeside(lab, site)).toEqual([]);
    expect(site.states()).toEqual(services);

    await tool(['restore', set, ...APPROVED]);
    const runs = JSON.parse((await tool(['--json', 'runs'])).stdout) as { runs: { id: string }[] };
    const id = runs.runs.at(-1)?.id ?? '';
    await expectRefused(site, ['cleanup', id], { code: 4, says: [/destroy/], hint: /destroy=demo/ });
    const shown = await tool(['cleanup', id, '--dry-run']);
    expect(shown.stdout).toContain(`QSR_before_${id}`);
    await tool(['cleanup', id, ...APPROVED]);
    expect(await leftBeside(lab, site)).toEqual([]);
    expect(await digestOf(lab, site)).toEqual({ ...ofSet, config: before.config });
    await expectRefused(site, ['rollback', id, '--yes'], { code: 3, says: [/cleanup/], hint: /report/ });

    await markDatabases(lab, 'later');
    workOnShare(site, 'later');
    before = await digestOf(lab, site);
  });
});

describe('restore is refused, with nothing changed,', () => {
  async function refused(
    args: readonly string[],
    refusal: Parameters<typeof expectRefused>[2],
  ): Promise<void> {
    await expectRefused(site, args, refusal);
    expect(await digestOf(lab, site)).toEqual(before);
    expect(site.states()).toEqual(services);
  }

  it('without the name of the site, on no terminal', async () => {
    await refused(['restore', '--yes'], {
      code: 4,
      says: [/needs approval \(destroy\)/],
      hint: /--approve destroy=demo/,
    });
  });

  it('of a set that is not there', async () => {
    await refused(['restore', '20200101T000000Z-aaaaaa', ...APPROVED], {
      code: 3,
      says: [/no complete backup set 20200101T000000Z-aaaaaa/],
      hint: /sense-runbook backups/,
    });
  });

  it('of a configuration file that the set does not have; one that it has is restored alone', async () => {
    await refused(['restore', '--config-files', 'Porxy.exe.config', ...APPROVED], {
      code: 3,
      says: [/The set has no configuration file Porxy\.exe\.config/],
      hint: /It has: .*services\.conf/,
    });
    const { stdout } = await tool(['restore', '--config-files', 'services.conf', '--dry-run']);
    const said = stdout.replace(/\s+/g, ' ');
    expect(said).toContain('Only config will be restored');
    expect(said).toContain('The set has the configuration files services.conf.');
  });

  it('of a set with a damaged dump, which is named', async () => {
    const dump = join(site.vault, 'demo', set, 'databases', 'QSR_backup.tar');
    const good = readFileSync(dump);
    const bad = Buffer.from(good);
    bad[1000] = (bad[1000] ?? 0) ^ 1;
    writeFileSync(dump, bad);
    // What was found is written down in the vault, so that no later backup links to it.
    const { stderr } = await tool(['restore', ...APPROVED], 3);
    expect(stderr).toMatch(/The set is damaged: databases.QSR_backup\.tar/);
    expect(stderr).toContain('backups verify');
    expect(await digestOf(lab, site)).toEqual(before);
    expect(site.states()).toEqual(services);
    writeFileSync(dump, good);
    rmSync(join(site.vault, 'demo', set, 'damaged.jsonl'), { force: true });
  });

  it('onto another release or patch, or another host name', async () => {
    const good = readFileSync(site.siteFile, 'utf8');
    site.edit((content) => {
      (content['qlik'] as Record<string, unknown>)['release'] = 'May 2025 Patch 2';
      const [central] = content['nodes'] as { host: string }[];
      if (central !== undefined) central.host = 'other.demo.example';
    });
    await refused(['restore', ...APPROVED], {
      code: 3,
      says: [/a newer one than that of the set/, /here it is other\.demo\.example/],
      hint: /--new-host other\.demo\.example/,
    });
    writeFileSync(site.siteFile, good);
  });

  it('with a wrong password of the certificate files, before a service is stopped', async () => {
    const good = readFileSync(site.siteFile, 'utf8');
    const file = join(site.folder, 'wrong-password');
    writeFileSync(file, 'wrong\n', { mode: 0o600 });
    site.edit((content) => {
      content['certificates'] = { password: { file } };
    });
    await refused(['restore', ...APPROVED], { code: 3, says: [/\.pfx.*password/i], hint: /password/ });
    writeFileSync(site.siteFile, good);
  });

  it('of a set whose listing was changed, so that it would lead out of the share', async () => {
    const folder = join(site.vault, 'demo', set);
    const listing = join(folder, 'share.files.jsonl');
    const good = readFileSync(listing, 'utf8');
    writeFileSync(listing, good.replace(/"path":"/, '"path":"../'));
    await refused(['restore', ...APPROVED], { code: 3, says: [/share\.files\.jsonl/], hint: /backups/ });
    writeFileSync(listing, good);
    expect(existsSync(join(site.share, '..', 'added later.txt'))).toBe(false);
    expect(readdirSync(folder)).toContain('manifest.json');
  });
});
