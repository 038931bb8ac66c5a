import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMedium } from '../../../../src/upgrade/journey/media.ts';
import type { UpgradeHop } from '../../../../src/upgrade/types.ts';
import { planOf, THREE_HOPS } from './samples.ts';

let media: string;
beforeEach(() => {
  media = mkdtempSync(join(tmpdir(), 'sense-media ä '));
});
afterEach(() => {
  rmSync(media, { recursive: true });
});

const never = new AbortController().signal;
const HASH = createHash('sha256').update('a setup').digest('hex');

function put(path: string, text = 'a setup'): string {
  const file = join(media, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function hopOf(kind: UpgradeHop['kind'], hops = planOf().hops): UpgradeHop {
  const found = hops.find((hop) => hop.kind === kind);
  if (found === undefined) throw new Error(`no hop ${kind}`);
  return found;
}

describe('the installer of a hop', () => {
  it.each([
    ['upgrade', 'May 2025/Qlik_Sense_setup.exe', 'setup'],
    ['uninstall-patch', 'August 2022 Patch 5/Qlik_Sense_update.exe', 'update'],
    ['postgres-qpi', 'Qlik_PostgreSQL_setup.exe', 'setup'],
  ] as const)('of %s lies in %s', async (kind, path, param) => {
    const missing = await findMedium(hopOf(kind), media, never);
    expect(missing.problems).toEqual([`${join(media, path)} is not there`]);
    const file = put(path);
    expect(await findMedium(hopOf(kind), media, never)).toEqual({ medium: { param, file }, problems: [] });
  });

  it('of a patch lies in the folder of the patch', async () => {
    const { hops } = planOf({ release: 'May 2025', patch: 'none' }, 'May 2025 Patch 3');
    const file = put('May 2025 Patch 3/Qlik_Sense_update.exe');
    expect((await findMedium(hopOf('patch', hops), media, never)).medium?.file).toBe(file);
  });

  it.each([
    ['as sha256sum writes it', `${HASH}  Qlik_Sense_setup.exe\n`],
    ['in binary mode, by Windows, in other cases', `\uFEFF${HASH.toUpperCase()} *qlik_sense_SETUP.exe\r\n`],
    ['among others', `${'0'.repeat(64)}  other.exe\n${HASH}  ./Qlik_Sense_setup.exe\n`],
  ])('has its hash beside it, %s', async (_words, sums) => {
    put('May 2025/Qlik_Sense_setup.exe');
    put('May 2025/SHA256SUMS', sums);
    expect((await findMedium(hopOf('upgrade'), media, never)).medium?.sha256).toBe(HASH);
  });

  it('has none where the list does not name it', async () => {
    put('May 2025/Qlik_Sense_setup.exe');
    put('May 2025/SHA256SUMS', `${HASH}  other.exe\n`);
    expect((await findMedium(hopOf('upgrade'), media, never)).medium).not.toHaveProperty('sha256');
  });

  it.each([
    ['another hash', `${'0'.repeat(64)}  Qlik_Sense_setup.exe`, /is not what SHA256SUMS beside it says/],
    ['a list that is none', 'hello', /SHA256SUMS is not as sha256sum writes it/],
  ])('is a problem with %s', async (_words, sums, problem) => {
    put('May 2025/Qlik_Sense_setup.exe');
    put('May 2025/SHA256SUMS', sums);
    const { problems, medium } = await findMedium(hopOf('upgrade'), media, never);
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(medium).toBeUndefined();
  });

  it('cannot be told for a patch that nobody knows', async () => {
    const { hops } = planOf({ ...THREE_HOPS, release: 'August 2022' });
    const { problems } = await findMedium(hopOf('uninstall-patch', hops), media, never);
    expect(problems).toEqual([expect.stringContaining('--set uninstall-patch.update=PATH')]);
  });

  it('is none where PostgreSQL is moved by dump and restore, and wanted where no folder was named', async () => {
    const { hops } = planOf({ ...THREE_HOPS, postgres: { version: '9.6', kind: 'standalone' } });
    expect(await findMedium(hopOf('postgres-standalone', hops), undefined, never)).toEqual({ problems: [] });
    expect((await findMedium(hopOf('upgrade'), undefined, never)).problems).toEqual([
      expect.stringContaining('--media FOLDER'),
    ]);
  });
});
