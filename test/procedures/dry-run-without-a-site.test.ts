import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allSteps, type Plan } from '../../src/contract/plan.ts';
import { runTool } from '../helpers/lab.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';

const SHIPPED = readdirSync(fileURLToPath(new URL('../../runbooks', import.meta.url)))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => basename(name, '.yaml'));

/** What must be given; files that are named are not looked at in a rehearsal. */
const GIVEN: Readonly<Record<string, readonly string[]>> = {
  'backup-after-uninstall': ['folder=/example/PostgreSQL', 'dumpFile=/example/all.sql'],
  install: ['to=May 2025', 'setup=setup.exe', 'user=.\\qlik', 'userSecret=account'],
  patch: ['to=May 2025 Patch 1', 'update=update.exe'],
  repair: ['setup=setup.exe', 'release=May 2025'],
  'restore-new-host': ['newHost=qs9.example.org'],
  uninstall: ['setup=setup.exe', 'release=May 2025'],
  'uninstall-patch': ['to=May 2025', 'update=update.exe'],
  upgrade: ['to=November 2025', 'setup=setup.exe', 'acceptEula=true'],
  'upgrade-after-uninstall': [
    ...['to=May 2025', 'setup=/example/setup.exe'],
    ...['folder=/example/PostgreSQL', 'dumpFile=/example/all.sql'],
  ],
  'upgrade-postgres-qpi': ['setup=setup.exe', 'databaseSecret=database'],
  'upgrade-postgres-standalone': ['newPort=5433'],
};

describe('a dry run on a simulated copy, without any site', () => {
  let nowhere: string;

  beforeAll(async () => {
    nowhere = await makeOpenFolder('sense-runbook-nowhere-');
  });
  afterAll(() => rm(nowhere, { recursive: true }));

  it.each(SHIPPED)('plans %s, says where each step comes from, and leaves nothing', async (name) => {
    const parameters = (GIVEN[name] ?? []).flatMap((text) => ['--set', text]);
    const { code, stdout, stderr } = await runTool(
      ['--json', 'run', name, '--dry-run', '--simulate', ...parameters],
      { cwd: nowhere, env: { TMPDIR: nowhere, SENSE_RUNBOOK_SITE: '' } },
    );
    // 3: the example site is not in the state that the procedure is for, which its checks say.
    expect([0, 3], stdout + stderr).toContain(code);
    const plan = JSON.parse(stdout) as Plan;
    expect(plan.runbook.name).toBe(name);
    const steps = allSteps(plan);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter(({ source }) => source === undefined).map(({ id }) => id)).toEqual([]);
    expect(readdirSync(nowhere)).toEqual([]);
  });

  it('says that the copy is of an example', async () => {
    const { code, stdout, stderr } = await runTool(['run', 'doctor', '--dry-run', '--simulate'], {
      cwd: nowhere,
      env: { TMPDIR: nowhere, SENSE_RUNBOOK_SITE: '' },
    });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('There is no site file: this is a copy of the site of the demo.');
    expect(stdout).toContain('Site: demo');
  });
});
