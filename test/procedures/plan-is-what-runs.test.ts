import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { demoPaths } from '../../src/demo/site-paths.ts';
import { clusterFiles } from '../../src/postgres/cluster-files.ts';
import { openLab, type Lab } from '../helpers/lab.ts';
import { writeOldSet } from '../helpers/old-sets.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import { expectAsPlanned, expectOnlyLooks } from '../e2e/as-planned.ts';
import { completeSets, expectRefused } from '../helpers/expect-tool.ts';

const SHIPPED = readdirSync(fileURLToPath(new URL('../../runbooks', import.meta.url)))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => basename(name, '.yaml'));

/** Compared in this file. */
const HERE: readonly string[] = [
  'backup',
  'backup-after-uninstall',
  'configure-postgres',
  'create-databases',
  'doctor',
  'drill',
  'prune',
  'recreate-certificates',
  'renew-certificates',
];

/** Compared in a file of their own, since they want more than a site. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  install: 'procedures/installers.test.ts',
  patch: 'procedures/upgrade.test.ts',
  'prepare-bare-machine': 'procedures/restore-bare.test.ts',
  'remove-old-database-package': 'procedures/upgrade-postgres.test.ts',
  repair: 'procedures/installers.test.ts',
  'restore-new-host': 'procedures/restore-new-host.test.ts',
  'restore-same-host': 'e2e/restore.test.ts',
  uninstall: 'procedures/installers.test.ts',
  'uninstall-patch': 'procedures/upgrade.test.ts',
  upgrade: 'procedures/upgrade.test.ts',
  'upgrade-after-uninstall': 'procedures/upgrade-after-uninstall.test.ts',
  'upgrade-postgres-qpi': 'procedures/upgrade-postgres.test.ts',
  'upgrade-postgres-standalone': 'procedures/upgrade-postgres-standalone.test.ts',
};

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(async () => {
  await lab.close();
});

describe('every runbook that is shipped', () => {
  it('is compared here or in a file of its own, and only those are named', () => {
    expect([...HERE, ...Object.keys(ELSEWHERE)].sort()).toEqual(SHIPPED.sort());
  });

  it.each(Object.entries(ELSEWHERE))('is compared in the file that is named: %s', (name, file) => {
    const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    expect(text).toMatch(/^\s+expectAsPlanned\(/m);
    expect(text).toContain(`'${name}'`);
  });
});

describe('what runs is what was planned', () => {
  it('backup; and dry runs before and after it change nothing', async () => {
    const site = lab.site();
    const [printed = ''] = await expectOnlyLooks(lab, site, [
      ['--json', 'plan', 'backup'],
      ['backup', '--dry-run', '--yes'],
    ]);
    const run = await site.run(['backup', '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
    await expectOnlyLooks(lab, site, [
      ['run', 'backup', '--dry-run', '--set', 'quiesce=none'],
      ['plan', 'doctor', '--format', 'html'],
    ]);
  });

  it('backup with other parameters from a saved plan, which is refused while something it rests on differs', async () => {
    const site = lab.site();
    const file = join(site.folder, 'plan of backup.json');
    const flags = ['--set', 'quiesce=snapshot', '--set', 'format=custom', '--set', 'checksums=true'];
    const saved = await site.run(['plan', 'backup', ...flags, '--out', file]);
    expect(saved.code, saved.stderr).toBe(0);
    expect(saved.stderr).toContain(` run "${file}"`);
    const refusal = { code: 3, hint: /plan backup --out/ };

    const proxy = (state: string): void => {
      site.services('rim', ({ services }) => {
        Object.assign(services['QlikSenseProxyService'] ?? {}, { state });
      });
    };
    proxy('stopped');
    await expectRefused(site, ['run', file, '--yes'], {
      ...refusal,
      says: [/no longer holds/, /service QlikSenseProxyService on rim: was running, is stopped/],
      json: true,
    });
    proxy('running');

    const good = readFileSync(site.siteFile, 'utf8');
    site.edit((content) => {
      (content['qlik'] as Record<string, unknown>)['release'] = 'May 2024';
    });
    await expectRefused(site, ['run', file, '--yes'], {
      ...refusal,
      says: [/no longer holds/, /release: was May 2025, is May 2024/],
    });
    writeFileSync(site.siteFile, good.replace('name: demo', 'name: other'));
    await expectRefused(site, ['run', file, '--yes'], {
      code: 2,
      says: [/plan for the site demo, not for other/],
      hint: /--site/,
    });
    writeFileSync(site.siteFile, good);

    const run = await site.run(['run', file, '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(completeSets(site)).toHaveLength(1);
    expectAsPlanned(site, JSON.parse(readFileSync(file, 'utf8')) as Plan);
  });

  it('doctor', async () => {
    const name = 'doctor';
    const site = lab.site();
    const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', name]]);
    const run = await site.run(['run', name, '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
  });

  it('create-databases, which makes the one that is missing and leaves the others', async () => {
    const site = lab.site();
    site.edit((content) => {
      const database = content['database'] as Record<string, unknown>;
      database['names'] = ['QSR', 'SenseServices', 'QSMQ', 'Licenses', 'Fresh'];
    });
    const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', 'create-databases']]);
    const run = await site.run(['run', 'create-databases', '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan, 3);
    const again = await site.run(['--json', 'plan', 'create-databases']);
    expect(again.stdout).toContain('left as they are: QSR, SenseServices, QSMQ, Licenses, Fresh.');
    expect(again.stdout).not.toContain('CREATE DATABASE');
    const back = await site.run(['rollback', '--yes']);
    expect(back.code, back.stdout + back.stderr).toBe(0);
    const after = await site.run(['--json', 'plan', 'create-databases']);
    expect(after.stdout).toContain('left as they are: QSR, SenseServices, QSMQ, Licenses.');
  });

  it('configure-postgres, with a restart of the database service; rollback takes out what was added', async () => {
    const site = lab.site({ small: true });
    const { data } = clusterFiles(lab.demo.paths.postgresql);
    const files = ['postgresql.conf', 'pg_hba.conf'].map((name) => join(data, name));
    const read = (): string[] => files.map((file) => readFileSync(file, 'latin1'));
    const before = read();
    const flags = ['--set', 'restart=true'];
    const name = 'configure-postgres';
    const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', name, ...flags]]);
    const run = await site.run(['run', name, ...flags, '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
    expect(read()[0]).toContain('max_connections = 240');
    const back = await site.run(['rollback', '--approve', 'destroy=demo']);
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(read()).toEqual(before);
    site.edit((content) => {
      delete (content['database'] as Record<string, unknown>)['node'];
    });
    const plan = await site.run(['--json', 'plan', name, ...flags]);
    expect(plan.code, plan.stderr).toBe(0);
    expect(plan.stdout).not.toContain('"verb":"stop"');
  });

  it.each([
    ['recreate-certificates', [], 4],
    ['renew-certificates', ['--set', 'days=5000'], 4],
  ] as const)(
    '%s, which makes new certificates and keeps the old ones; rollback puts those back',
    async (name, flags, roles) => {
      const site = lab.site({ small: true });
      const data = join(site.folder, 'data');
      const exported = join(data, 'Repository', 'Exported Certificates');
      mkdirSync(join(exported, '.Local Certificates'), { recursive: true });
      site.edit((content) => {
        Object.assign(content['qlik'] as object, { 'program-data-folder': data });
      });
      const thumbprints = (node: 'central' | 'rim'): string[] =>
        readdirSync(join(site.node(node), 'certificates'), { recursive: true })
          .map(String)
          .filter((name) => name.endsWith('.pem'))
          .sort();
      const old = { central: thumbprints('central'), rim: thumbprints('rim') };
      const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', name, ...flags]]);
      const run = await site.run(['run', name, ...flags, '--yes']);
      expect(run.code, run.stdout + run.stderr).toBe(0);
      expectAsPlanned(site, JSON.parse(printed) as Plan);
      const made = thumbprints('central');
      expect(made).toHaveLength(roles);
      expect(made.filter((one) => old.central.includes(one))).toEqual([]);
      expect(readdirSync(exported)).toEqual([]);
      const back = await site.run(['rollback', '--approve', 'destroy=demo']);
      expect(back.code, back.stdout + back.stderr).toBe(0);
      expect({ central: thumbprints('central'), rim: thumbprints('rim') }).toEqual(old);
      expect(readdirSync(exported)).toEqual(['.Local Certificates']);
    },
  );

  it('a backup that ends with a drill, and a drill by itself, which leave nothing behind', async () => {
    const site = lab.site({ small: true });
    const scratch = await makeOpenFolder('sense-runbook-scratch-');
    site.edit((content) => {
      content['drill'] = { folder: scratch };
    });
    const [backup = ''] = await expectOnlyLooks(lab, site, [
      ['--json', 'plan', 'backup', '--set', 'drill=always'],
    ]);
    const first = await site.run(['backup', '--yes', '--drill', 'always']);
    expect(first.code, first.stdout + first.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(backup) as Plan);
    expect(first.stdout).toContain('Proven restorable: ');
    const [drill = '', before = ''] = await expectOnlyLooks(lab, site, [
      ['--json', 'backups', 'drill', '--dry-run'],
      ['--json', 'backups'],
    ]);
    const [set] = (JSON.parse(before) as { sets: { path: string; provenAt?: string }[] }).sets;
    expect(set?.provenAt).toBeDefined();

    const evidence = join(set?.path ?? '', 'databases', 'evidence.json');
    writeFileSync(evidence, readFileSync(evidence, 'utf8').replace(/"rows": [1-9]\d*/, '"rows": 999999'));
    const second = await site.run(['backups', 'drill']);
    expect(second.code, second.stdout + second.stderr).toBe(5);
    expect(second.stderr).toMatch(/did not prove restorable: 2 differences[^]*and had 999999/);
    expectAsPlanned(site, JSON.parse(drill) as Plan);
    expect((await site.run(['backups'])).stdout).toContain('FAILED');

    expect(readdirSync(scratch)).toEqual([]);
    rmdirSync(scratch);
  });

  it('a backup after an uninstallation, on a copy of the data folder that is gone in the end', async () => {
    const site = lab.site({ small: true });
    const scratch = await makeOpenFolder('sense-runbook-scratch-');
    site.edit((content) => {
      content['drill'] = { folder: scratch };
    });
    const file = join(scratch, 'all databases.sql');
    const { data } = clusterFiles(demoPaths(inject('labTemplate')).postgresql);
    const flags = ['--set', `folder=${data}`, '--set', `dumpFile=${file}`];
    const name = 'backup-after-uninstall';
    const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', name, ...flags]]);
    const run = await site.run(['run', name, ...flags, '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
    expect(completeSets(site)).toHaveLength(1);
    expect(readFileSync(file, 'utf8')).toMatch(/CREATE DATABASE "QSR"[^]*cluster dump complete/);
    expect(readdirSync(scratch)).toEqual(['all databases.sql']);
    rmSync(scratch, { recursive: true });
    const shown = await site.run(['backups', 'show', completeSets(site)[0] ?? '']);
    expect(shown.code, shown.stderr).toBe(0);
    expect(shown.stdout).toMatch(/there are no\s+certificates in the set/);
  });

  it('prune, which removes what the retention lets go and nothing else', async () => {
    const site = lab.site();
    const root = join(site.vault, 'demo');
    const ids = [9, 8, 2, 0.5].map((daysAgo) => writeOldSet(root, daysAgo).id);
    site.edit((content) => {
      content['vault'] = { folder: site.vault, retention: { last: 1, daily: 2 } };
    });
    const [printed = '', told = ''] = await expectOnlyLooks(lab, site, [
      ['--json', 'plan', 'prune'],
      ['--json', 'backups', 'prune', '--dry-run'],
    ]);
    const run = await site.run(['run', 'prune', '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan, 3);
    const { sets } = JSON.parse(told) as { sets: { set: string; decision: string }[] };
    const kept = sets.filter(({ decision }) => decision === 'keep').map(({ set }) => set);
    expect(completeSets(site)).toEqual(kept);
    expect(kept).toEqual(ids.slice(2));
    expect(existsSync(join(root, 'vault.lock'))).toBe(false);
  });
});
