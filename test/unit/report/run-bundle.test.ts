import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { writeRunBundle } from '../../../src/report/run-bundle.ts';
import { readZip } from '../../helpers/read-zip.ts';
import { sampleReport, sampleRun } from './samples.ts';

const FILES = ['plan.json', 'journal.jsonl', 'log.jsonl', 'report.json', 'report.html'];

let folder: string;
let run: string;
let target: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-bundle-'));
  run = join(folder, 'runs', 'r1');
  target = join(folder, 'für den Support.zip');
  mkdirSync(run, { recursive: true });
  for (const name of FILES) writeFileSync(join(run, name), `${name} Größe\n`.repeat(2000));
  writeFileSync(join(run, 'other.tmp'), 'not for others');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function report() {
  return { ...sampleReport(), run: sampleRun({ id: 'r1', folder: run }) };
}

describe('the bundle of a run', () => {
  it('has every file of the run as it is, and sums that hold', async () => {
    const files = await writeRunBundle(report(), target);
    const found = readZip(target);
    expect([...found.keys()]).toEqual([...FILES, 'SHA256SUMS']);
    for (const name of FILES) expect(found.get(name)?.toString()).toBe(`${name} Größe\n`.repeat(2000));
    const sums = FILES.map((name) => {
      const hash = createHash('sha256')
        .update(found.get(name) ?? '')
        .digest('hex');
      return `${hash}  ${name}\n`;
    });
    expect(found.get('SHA256SUMS')?.toString()).toBe(sums.join(''));
    expect(files.map(({ name, sha256 }) => `${sha256}  ${name}\n`)).toEqual(sums);
    if (process.platform !== 'win32') expect(statSync(target).mode & 0o777).toBe(0o600);
  });

  it('makes the reports that a run without an end has not, and leaves out a log that was never written', async () => {
    for (const name of ['log.jsonl', 'report.json', 'report.html']) await rm(join(run, name));
    await writeRunBundle(report(), target);
    const found = readZip(target);
    expect([...found.keys()]).toEqual([
      'plan.json',
      'journal.jsonl',
      'report.json',
      'report.html',
      'SHA256SUMS',
    ]);
    expect(JSON.parse(String(found.get('report.json')))).toEqual(JSON.parse(JSON.stringify(report())));
    expect(String(found.get('report.html'))).toMatch(/^<!doctype html>/i);
  });

  it('writes over nothing', async () => {
    writeFileSync(target, 'mine');
    await expect(writeRunBundle(report(), target)).rejects.toThrow(UsageError);
    expect(statSync(target).size).toBe(4);
    expect(readdirSync(folder).sort()).toEqual(['für den Support.zip', 'runs']);
  });

  it('leaves nothing behind where it cannot be written', async () => {
    const nowhere = join(folder, 'no such folder', 'x.zip');
    await expect(writeRunBundle(report(), nowhere)).rejects.toThrow(/cannot be written to .*x\.zip/);
    expect(existsSync(join(folder, 'no such folder'))).toBe(false);
    expect(readdirSync(folder)).toEqual(['runs']);
  });
});
