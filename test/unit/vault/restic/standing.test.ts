import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { copyText, copyWarning } from '../../../../src/report/copies-text.ts';
import { appendHistory, type SetEvent } from '../../../../src/vault/history.ts';
import {
  createRecordFile,
  historiesOf,
  recordPath,
  type RecordFile,
  type RecordedSet,
} from '../../../../src/vault/restic/record.ts';
import { standingOf } from '../../../../src/vault/restic/standing.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

let file: string;
let record: RecordFile;

beforeEach(() => {
  file = recordPath(temporaryFolder(), 'offsite');
  record = createRecordFile(file);
});

const sent = (set: string, sequence: number): RecordedSet => ({
  set,
  sequence,
  sentAt: '2026-11-20T03:00:00.000Z',
  snapshot: `snapshot of ${set}`,
  manifestSha256: `manifest of ${set}`,
});

async function look(set: string, verdict: SetEvent['verdict'], at: string): Promise<void> {
  const folder = join(historiesOf(file), set);
  mkdirSync(folder, { recursive: true });
  await appendHistory(folder, {
    schemaVersion: 1,
    kind: 'drill',
    verdict,
    at,
    durationMs: 1,
    manifestSha256: `manifest of ${set}`,
    differences: [],
    host: 'qs1',
    tool: '1',
  });
}

describe('where a copy stands', () => {
  it('is nothing when nothing was sent', async () => {
    const standing = await standingOf('offsite', record, []);
    expect(copyText(standing)).toBe('copy offsite: nothing sent yet');
  });

  it('says that no drill was made from it', async () => {
    await record.write({ schemaVersion: 1, sets: [sent('first', 1)], sentAt: '2026-11-20T03:00:00.000Z' });
    const standing = await standingOf('offsite', record, []);
    expect(standing).toEqual({
      name: 'offsite',
      lastSet: 'first',
      sentAt: '2026-11-20T03:00:00.000Z',
      behind: 0,
    });
    expect(copyText(standing)).toMatch(/^copy offsite: last set first, sent .+, never proven from there$/);
    expect(copyWarning(standing)).toBeUndefined();
  });

  it('says when the newest drill from it passed, of the sets that are still there', async () => {
    await record.write({ schemaVersion: 1, sets: [sent('first', 1), sent('second', 2), sent('third', 3)] });
    await look('first', 'passed', '2026-11-22T03:00:00.000Z');
    await look('second', 'passed', '2026-11-21T03:00:00.000Z');
    await look('third', 'failed', '2026-11-23T03:00:00.000Z');
    await look('gone from it', 'passed', '2026-11-24T03:00:00.000Z');
    const standing = await standingOf('offsite', record, []);
    expect(standing.lastProven).toEqual({ set: 'first', at: '2026-11-22T03:00:00.000Z' });
    expect(copyText(standing)).toMatch(/^copy offsite: last set third, proven from there 2026-11-22 /);
  });
});
