import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { HAS_TERMINAL, onTerminal } from '../helpers/terminal.ts';
import {
  completeSets,
  everythingOf,
  expectNoStack,
  expectRefused,
  ordersOf,
} from '../helpers/expect-tool.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

let lab: Lab;
let site: LabSite;

beforeAll(async () => {
  lab = await openLab();
  site = lab.site({ small: true });
});

afterAll(async () => {
  await lab.close();
});

const APPROVAL = { code: 4, says: [/needs approval \(change\).*no terminal/], hint: /Give --yes/ };

describe('without a terminal', () => {
  it('and without approval nothing is done', async () => {
    await expectRefused(site, ['backup'], { ...APPROVAL, json: true });
  });

  it('an answer that is piped in is no approval', async () => {
    await expectRefused(site, ['backup'], { ...APPROVAL, options: { input: 'y\ny\ny\n' } });
  });

  it.skipIf(process.platform === 'win32')('stdin may be closed altogether', async () => {
    const before = everythingOf(site);
    const script = '"$0" "$1" --site "$2" backup <&-';
    const argv = ['sh', '-c', script, process.execPath, BUNDLE, site.siteFile] as const;
    const run = await execa(argv[0], argv.slice(1), { reject: false, env: { NO_COLOR: '1' } });
    expect(run.exitCode, run.stderr).toBe(4);
    expect(run.stderr).toMatch(APPROVAL.says[0] ?? '');
    expectNoStack(run);
    expect(everythingOf(site)).toEqual(before);
  });

  it('a password that the site file wants typed is named before anything else', async () => {
    const other = lab.site({ small: true });
    other.edit((content) => {
      (content['database'] as Record<string, unknown>)['password'] = { prompt: true };
    });
    await expectRefused(other, ['backup', '--yes'], {
      code: 3,
      says: [/password at the terminal, and there is no terminal/],
      hint: /sense-runbook secret set NAME/,
    });
  });
});

describe('an approval', () => {
  it('that names another site is refused, also for what destroys nothing', async () => {
    await expectRefused(site, ['backup', '--yes', '--approve', 'destroy=other'], {
      code: 4,
      says: [/destroy=other.* names another site than demo/],
      hint: /Nothing was changed/,
    });
  });

  it('of changes does not let anything be destroyed', async () => {
    const other = lab.site({ small: true });
    const victim = join(other.folder, 'victim');
    writeFileSync(victim, 'precious');
    mkdirSync(join(other.folder, 'runbooks'));
    const step = {
      id: 'drop',
      title: 'Drop it',
      uses: 'command.run',
      with: { argv: ['rm', victim], effect: 'destroy' },
    };
    const runbook = { name: 'own', title: 'Own', sections: [{ id: 'main', steps: [step] }] };
    writeFileSync(join(other.folder, 'runbooks', 'own.yaml'), JSON.stringify(runbook));
    await expectRefused(other, ['run', 'own', '--yes'], {
      code: 4,
      says: [/needs approval \(destroy\)/],
      hint: /--approve destroy=demo/,
    });
    await expectRefused(other, ['run', 'own', '--approve', 'destroy=dem'], {
      code: 4,
      says: [/names another site than demo/],
      hint: /Nothing was changed/,
    });
    // A dry run needs no approval and destroys nothing.
    expect((await other.run(['run', 'own', '--dry-run'])).code).toBe(0);
    expect(everythingOf(other)).toHaveProperty('victim');
    const run = await other.run(['run', 'own', '--approve', 'destroy=demo']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(everythingOf(other)).not.toHaveProperty('victim');
  });
});

/** Answers the first question. */
function answering(typed: string) {
  return [{ seen: /\? .*\(y\/N\)|\? .*\?/, typed }];
}

describe.skipIf(!HAS_TERMINAL)('on a terminal', () => {
  it.each([
    ['no', 'n\r'],
    ['the terminal going away', '\u0004'],
  ])('%s is an answer: nothing is done', async (_what, typed) => {
    const [orders, sets] = [ordersOf(site), completeSets(site)];
    const run = await onTerminal(site.siteFile, ['backup'], answering(typed));
    expect(run.code, run.stdout).toBe(4);
    expect(run.stdout).toMatch(/demo[^]*qs1\.demo\.example/);
    expect(run.stdout).toMatch(/hint: Nothing was changed/);
    expect(ordersOf(site)).toEqual(orders);
    expect(completeSets(site)).toEqual(sets);
  });

  it('Ctrl+C at the question ends with 130, and nothing is done', async () => {
    const orders = ordersOf(site);
    const run = await onTerminal(site.siteFile, ['backup'], answering('\u0003'));
    expect(run.code, run.stdout).toBe(130);
    expect(ordersOf(site)).toEqual(orders);
  });

  it('yes starts the backup', async () => {
    const [before, sets] = [site.states(), completeSets(site)];
    const run = await onTerminal(site.siteFile, ['backup'], answering('y\r'));
    expect(run.code, run.stdout).toBe(0);
    expect(site.states()).toEqual(before);
    expect(completeSets(site)).toHaveLength(sets.length + 1);
  });
});
