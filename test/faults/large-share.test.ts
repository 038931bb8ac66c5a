import { linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { setsOf } from '../helpers/soundness.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

/** Only with all faults; of what is copied, test/integration/vault/copy-tree.test.ts has a sample of many files. */
const FILES = 100_000;
/** Of 0 to 10 bytes. */
const SIZES = 11;

let lab: Lab;
let site: LabSite;

beforeAll(async () => {
  if (!NO_SAMPLE) return;
  lab = await openLab();
  site = lab.site({ shareFiles: 1 });
  const folder = join(site.share, 'StaticContent', 'many');
  mkdirSync(folder, { recursive: true });
  // Links are made faster than files, and are copied like them.
  for (let index = 0; index < FILES; index += 1) {
    const file = join(folder, `file ${String(index)}`);
    if (index < SIZES) writeFileSync(file, '0123456789'.slice(0, index));
    else linkSync(join(folder, `file ${String(index % SIZES)}`), file);
  }
}, 120_000);

afterAll(async () => {
  if (NO_SAMPLE) await lab.close();
}, 120_000);

it.runIf(NO_SAMPLE)(
  `${String(FILES)} files in one folder are backed up with little memory`,
  { timeout: 600_000 },
  async () => {
    const before = site.states();
    // Memory that only grew with the number of files would not last: each thread has this much at most.
    const run = await site.run(['backup', '--yes'], { env: { NODE_OPTIONS: '--max-old-space-size=150' } });
    expect(run.code, run.stdout.slice(-2000) + run.stderr).toBe(0);
    expect(site.states()).toEqual(before);
    const [set] = await setsOf(site);
    expect(set?.state).toBe('complete');
    const listing = readFileSync(join(set?.path ?? '', 'share.files.jsonl'), 'utf8');
    expect(listing.trimEnd().split('\n')).toHaveLength(FILES + 1);
    expect(
      readFileSync(
        join(set?.path ?? '', 'share', 'StaticContent', 'many', `file ${String(FILES - 1)}`),
        'utf8',
      ),
    ).toBe('0123456789'.slice(0, (FILES - 1) % SIZES));
  },
);
