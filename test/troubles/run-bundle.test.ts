import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab } from '../helpers/lab.ts';
import type { Lab, LabSite } from '../helpers/lab.ts';
import { readZip } from '../helpers/read-zip.ts';

const FILES = ['plan.json', 'journal.jsonl', 'log.jsonl', 'report.json', 'report.html'];

let lab: Lab;
let site: LabSite;
let secrets: string[];
/** A backup that went well. */
let good: string;

beforeAll(async () => {
  lab = await openLab();
  site = lab.site({ small: true });
  const { databasePassword, certificatePassword } = lab.demo.paths;
  secrets = [databasePassword, certificatePassword].map((file) => readFileSync(file, 'utf8').trim());
  const ran = await site.run(['backup', '--yes']);
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  good = await newestRun();
}, 180_000);

afterAll(() => lab.close(), 60_000);

async function newestRun(): Promise<string> {
  const { stdout } = await site.run(['--json', 'runs']);
  return (JSON.parse(stdout) as { runs: { id: string }[] }).runs.at(-1)?.id ?? '';
}

function expectSound(file: string): Map<string, Buffer> {
  const found = readZip(file);
  const lines = String(found.get('SHA256SUMS')).trimEnd().split('\n');
  expect(lines).toEqual(
    [...found]
      .filter(([name]) => name !== 'SHA256SUMS')
      .map(([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}`),
  );
  for (const [name, content] of found)
    for (const secret of secrets) expect(content.includes(secret), `a secret in ${name}`).toBe(false);
  return found;
}

describe('runs report --bundle', () => {
  it('packs everything of a backup, without a secret, and says so', async () => {
    const { code, stdout, stderr } = await site.run(['runs', 'report', good, '--bundle', `${good}.zip`], {
      cwd: site.folder,
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(join(site.folder, `${good}.zip`));
    expect(stdout).toContain('Secrets are not in it');
    const found = expectSound(join(site.folder, `${good}.zip`));
    expect([...found.keys()]).toEqual([...FILES, 'SHA256SUMS']);
    for (const name of FILES)
      expect(found.get(name)?.equals(readFileSync(join(site.state, 'runs', good, name)))).toBe(true);
  });

  it('packs a run that was killed, and tells its files with --json', async () => {
    const killed = await site.run(['backup', '--yes'], {
      cut: { at: 'intent stop-central central' },
    });
    expect(killed.signal, killed.stdout).toBe('SIGKILL');
    const run = await newestRun();
    const file = join(site.folder, 'killed.zip');
    const { code, stdout } = await site.run(['--json', 'runs', 'report', run, '--bundle', file]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, run, file });
    const report = JSON.parse(String(expectSound(file).get('report.json'))) as { run: { outcome: string } };
    expect(report.run.outcome).toBe('lost');
    expect((await site.run(['recover'])).code).toBe(0);
  });

  it.each([
    ['a file that is there', ['--bundle', 'site.yaml'], 'is there already'],
    ['a folder that is not', ['--bundle', 'no/where.zip'], 'cannot be written'],
    ['another format beside it', ['--bundle', 'x.zip', '--format', 'html'], 'exclude each other'],
  ])('refuses %s', async (_what, flags, message) => {
    const before = readFileSync(site.siteFile);
    const { code, stderr } = await site.run(['runs', 'report', good, ...flags], {
      cwd: site.folder,
    });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(readFileSync(site.siteFile).equals(before)).toBe(true);
    expect(existsSync(join(site.folder, 'x.zip'))).toBe(false);
  });
});
