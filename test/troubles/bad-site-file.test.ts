import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openSiteWithoutDatabase, runTool, type LabSite } from '../helpers/lab.ts';
import { expectErrorDocument, expectNoStack, expectRefused } from '../helpers/expect-tool.ts';

let site: LabSite & { close(): Promise<void> };
let good: string;

beforeAll(async () => {
  site = await openSiteWithoutDatabase();
  good = readFileSync(site.siteFile, 'utf8');
});

afterEach(() => {
  rmSync(site.siteFile, { recursive: true, force: true });
  writeFileSync(site.siteFile, good);
});

afterAll(async () => {
  await site.close();
});

const CORRECT = /Correct the site file/;

describe('a site file that is missing', () => {
  it('is named with the place that was looked at', async () => {
    rmSync(site.siteFile);
    for (const command of [['doctor'], ['backup', '--yes'], ['recover']])
      await expectRefused(site, command, {
        code: 2,
        says: [/There is no site file/, site.siteFile],
        hint: /sense-runbook init.*--site/,
      });
  });

  it('is looked for here and in the usual place when none is named', async () => {
    const run = await runTool(['doctor'], { cwd: site.share });
    expect(run.code, run.stderr).toBe(2);
    expect(run.stderr).toContain(join(site.share, 'site.yaml'));
    expect(run.stderr).toMatch(/^hint: .*--site/m);
    expectNoStack(run);
  });

  it.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['breaks off', 'name: demo\nnodes: ['],
  ])('is no matter of a command that needs none: when it %s', async (_what, text) => {
    if (text === undefined) rmSync(site.siteFile);
    else writeFileSync(site.siteFile, text);
    for (const command of [
      ['runbooks'],
      ['runbooks', 'show', 'backup'],
      ['upgrade', 'releases'],
      ['upgrade', 'rules'],
      ['init', join(site.folder, 'other.yaml'), '--yes', '--database-port', '1'],
    ]) {
      const { code, stderr } = await site.run(command);
      expect([code, stderr.replaceAll(/^(?:found|to fill in): .*\n?/gm, '')], command[0]).toEqual([0, '']);
      rmSync(join(site.folder, 'other.yaml'), { force: true });
    }
  });
});

describe('a site file that cannot be understood', () => {
  it.each([
    ['is empty', '', [/:1:1: the file is empty/], CORRECT],
    ['is plain text', 'central: node: here', [/site\.yaml:1:\d+: /], CORRECT],
    ['breaks off', 'name: demo\nnodes: [', [/site\.yaml:\d+:\d+: /], CORRECT],
  ])('when it %s', async (_what, text, says, hint) => {
    writeFileSync(site.siteFile, text);
    await expectRefused(site, ['backup', '--yes'], { code: 2, says, hint });
  });

  it('when it is UTF-16, as some editors save it', async () => {
    writeFileSync(site.siteFile, Buffer.from(`\ufeff${good}`, 'utf16le'));
    await expectRefused(site, ['doctor'], { code: 2, says: [/not UTF-8/], hint: /Save it as UTF-8/ });
  });

  it('when it is a folder', async () => {
    rmSync(site.siteFile);
    mkdirSync(site.siteFile);
    await expectRefused(site, ['doctor'], { code: 2, says: [site.siteFile, /folder/], hint: /--site/ });
  });
});

describe('a site file with mistakes in it', () => {
  it('has its unknown keys named with the nearest known one, all at once', async () => {
    writeFileSync(
      site.siteFile,
      good.replace('vault:', 'valut:').replace('role: rim', 'rolle: rim').replace('  port:', '  prot:'),
    );
    await expectRefused(site, ['backup', '--yes'], {
      code: 2,
      says: [
        /site\.yaml:\d+:1 valut: is an unknown key; did you mean "vault"\?/,
        /site\.yaml:\d+:5 nodes\[1\]\.rolle: is an unknown key; did you mean "role"\?/,
        /site\.yaml:\d+:3 database\.prot: is an unknown key; did you mean "port"\?/,
      ],
      hint: CORRECT,
    });
  });

  it('has wrong values named with what is right', async () => {
    writeFileSync(
      site.siteFile,
      good.replace('name: demo', 'name: De Mo').replace('port: 1', 'port: many').replace('20s', '20 bananas'),
    );
    await expectRefused(site, ['doctor'], {
      code: 2,
      says: [/site\.yaml:1:7 name: /, /database\.port: /, /timeouts\.service-stop: /],
      hint: CORRECT,
    });
  });

  it('is refused with a password in it, and the password is not shown', async () => {
    site.edit((content) => {
      (content['database'] as Record<string, unknown>)['password'] = 'Geheim-4711';
    });
    await expectRefused(site, ['doctor'], { code: 2, says: [/database\.password/], hint: /./ });
    expect((await site.run(['doctor'])).stderr).not.toContain('Geheim-4711');
  });

  it.each([
    ['of an unknown runbook', { runbook: 'bakup' }, /did you mean "backup"\?/],
    ['of an unknown step', { runbook: 'backup', step: 'dump-qrs' }, /did you mean "dump-qsr"\?/],
  ])('has the hook %s named', async (_what, hook, says) => {
    const steps = [
      { id: 'own', title: 'Own', uses: 'command.run', with: { argv: ['true'], effect: 'read' } },
    ];
    site.edit((content) => {
      content['hooks'] = [{ ...hook, before: steps }];
    });
    await expectRefused(site, ['backup', '--yes'], {
      code: 2,
      says: [/site\.yaml:\d+:\d+ hooks\[0\]/, says],
      hint: /hook in the site file/,
    });
  });

  it('names a secret that is not where it should be, and the setting', async () => {
    site.edit((content) => {
      (content['database'] as Record<string, unknown>)['password'] = { file: join(site.folder, 'nowhere') };
    });
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/nowhere does not exist/],
      hint: /database\.password/,
    });
  });
});

it('keeps stderr one JSON document also for a file with many mistakes', async () => {
  writeFileSync(site.siteFile, 'nmae: x\nvault: 3\n');
  const run = await site.run(['--json', 'doctor']);
  expectErrorDocument(run, { code: 2, says: [/nmae/, /vault/], hint: CORRECT });
  expect(run.stdout).toBe('');
});
