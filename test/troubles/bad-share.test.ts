import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab, startAnew, type Lab, type LabSite, type ToolOptions } from '../helpers/lab.ts';
import { setsOf } from '../helpers/soundness.ts';
import { backUp, expectFailed, expectRefused } from '../helpers/expect-tool.ts';

let lab: Lab;
let site: LabSite;

const FAULT_FS = new URL('../helpers/fault-fs.mjs', import.meta.url).href;

beforeAll(async () => {
  lab = await openLab();
  site = lab.site({ small: true });
});

afterAll(async () => {
  await lab.close();
});

/** Lets one file misbehave, see fault-fs.mjs. */
function faulty(fault: string, file: string): ToolOptions {
  return { env: { NODE_OPTIONS: `--import ${FAULT_FS}`, TEST_FAULT: fault, TEST_FAULT_FILE: file } };
}

function put(path: string, content = `content of ${path}`): void {
  const file = join(site.share, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

describe('a share that is not there', () => {
  it('is named before anything is stopped', async () => {
    const other = lab.site({ small: true });
    rmSync(other.share, { recursive: true });
    await expectRefused(other, ['backup', '--yes'], {
      code: 3,
      says: [other.share, /cannot be read/],
      hint: /share in site\.yaml/,
      json: true,
    });
    mkdirSync(other.share);
    const plan = await other.run(['plan', 'backup', '--format', 'json', '--strict']);
    expect(plan.code, plan.stderr).toBe(8);
    expect(plan.stdout).toContain(`${other.share} is empty.`);
  });
});

describe('a file of the share that misbehaves while the services are down', () => {
  it.each([
    ['unreadable', /EACCES: permission denied/],
    ['growing', /changed while it was read/],
  ])('is named, and the set stays incomplete: %s', async (fault, says) => {
    startAnew(site);
    put('Apps/strange app');
    await expectFailed(site, ['backup', '--yes'], {
      code: 1,
      says: [/copy-share/, /Apps\/strange app/, says],
      hint: /uses these files|may not read/,
      options: faulty(fault, 'strange app'),
    });
    expect((await setsOf(site)).map(({ state }) => state)).toEqual(['incomplete']);
  });

  it('is named when it goes between being seen and being read', async () => {
    startAnew(site);
    const late = join(site.share, 'Apps', 'late app');
    const other = lab.site({ small: true });
    other.edit((content) => {
      content['share'] = { root: site.share };
      const write = { argv: ['touch', late], effect: 'change' };
      content['hooks'] = [
        {
          runbook: 'backup',
          step: 'dump-qsr',
          before: [{ id: 'late', title: 'Late', uses: 'command.run', with: write }],
        },
      ];
    });
    await expectFailed(other, ['backup', '--yes'], {
      code: 1,
      says: [/copy-share/, /Apps\/late app is gone/],
      hint: /uses these files/,
      options: faulty('vanishing', 'late app'),
    });
  });

  it.each([
    ['unreadable', 'cannot be read: EACCES: permission denied', false],
    ['vanishing', 'is gone; it is not in the backup set', false],
    ['growing', 'changed while it was read and is kept as it was read', true],
  ])('is a warning only where it is a log file: %s', async (fault, what, kept) => {
    const other = lab.site({ small: true });
    const logs = join(other.folder, 'logs');
    mkdirSync(logs);
    for (const name of ['Audit_Engine.txt', 'System_Engine.txt']) writeFileSync(join(logs, name), 'a line\n');
    other.edit((content) => {
      content['logs'] = { folders: [logs] };
    });
    const run = await other.run(['backup', '--yes', '--strict'], faulty(fault, 'Audit_Engine.txt'));
    expect(run.code, run.stdout + run.stderr).toBe(8);
    const said = run.stdout.replaceAll(/\s+/g, ' ');
    expect(said).toContain(`warning: Audit_Engine.txt in ${logs} ${what}`);
    const [set, ...more] = await setsOf(other);
    expect([set?.state, more]).toEqual(['complete', []]);
    const names = readdirSync(join(set?.path ?? '', 'logs'), { recursive: true }).map((file) =>
      basename(String(file)),
    );
    expect(names).toContain('System_Engine.txt');
    expect(names.includes('Audit_Engine.txt'), names.join(', ')).toBe(kept);
  });
});

describe('names that are odd', () => {
  it('come into the set as they are, and verify finds them there', async () => {
    startAnew(site);
    const deep = Array.from({ length: 6 }, (_, index) => String(index).repeat(50)).join('/');
    const odd: Record<string, string> = {
      'Apps/empty': '',
      [`Apps/${deep}`]: 'at the end of 300 characters',
      'Apps/two\nlines': 'newline',
      'Apps/tab\tand "quotes"': 'tab',
      'Apps/Größe – 数据 🙂.qvf': 'not ASCII',
      'Apps/e\u0301 decomposed': 'e and accent',
      'Apps/\u00e9 decomposed': 'one letter',
      'Apps/CASE': 'upper',
      'Apps/case': 'lower',
      'Apps/.hidden': 'hidden',
      'Apps/ leading blank': 'blank',
      'Apps/--yes': 'like a flag',
      'Apps/*?.[a]': 'like a pattern',
    };
    for (const [path, content] of Object.entries(odd)) put(path, content);
    mkdirSync(join(site.share, 'Apps', 'empty folder'), { recursive: true });
    const { id, path } = await backUp(site);
    for (const [name, content] of Object.entries(odd))
      expect(readFileSync(join(path, 'share', name), 'utf8'), name).toBe(content);
    expect(existsSync(join(path, 'share', 'Apps', 'empty folder'))).toBe(true);
    const lines = readFileSync(join(path, 'share.files.jsonl'), 'utf8').trimEnd().split('\n');
    const listed = lines.map((line) => (JSON.parse(line) as { path: string }).path);
    for (const name of Object.keys(odd)) expect(listed).toContain(name);
    const verified = await site.run(['backups', 'verify', id]);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    rmSync(join(path, 'share', 'Apps', 'two\nlines'));
    const damaged = await site.run(['backups', 'verify', id]);
    expect(damaged.code).toBe(5);
    expect(damaged.stdout).toContain(String.raw`two\nlines`);
    expect(readdirSync(site.vault)).toEqual(['demo']);
  });
});
