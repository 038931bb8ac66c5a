import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  appendHistory,
  failureOf,
  provenAt,
  provenPart,
  readHistory,
  type SetEvent,
} from '../../../src/vault/history.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

function event(changes: Partial<SetEvent> = {}): SetEvent {
  return {
    schemaVersion: 1,
    kind: 'drill',
    verdict: 'passed',
    at: '2026-11-23T03:00:00.000Z',
    durationMs: 1000,
    manifestSha256: 'a',
    differences: [],
    host: 'qs1',
    tool: 'sense-runbook 0.1.0',
    ...changes,
  };
}

describe('the history of a set', () => {
  it('gives back what was added, oldest first, and is empty where there is none', async () => {
    const folder = temporaryFolder();
    expect(await readHistory(folder)).toEqual([]);
    const second = event({ kind: 'verify', verdict: 'failed', differences: ['share/a is missing'] });
    await appendHistory(folder, event());
    await appendHistory(folder, second);
    expect(await readHistory(folder)).toEqual([event(), second]);
  });

  it('leaves out lines that cannot be read, and a torn one does not swallow the next', async () => {
    const folder = temporaryFolder();
    await writeFile(join(folder, 'history.jsonl'), '{"schemaVersion":2}\nnothing\n');
    await appendHistory(folder, event());
    await appendFile(join(folder, 'history.jsonl'), '{"schemaVersion":1,"kind":"dri');
    await appendHistory(folder, event({ at: '2026-11-24T03:00:00.000Z' }));
    expect((await readHistory(folder)).map(({ at }) => at)).toEqual([
      '2026-11-23T03:00:00.000Z',
      '2026-11-24T03:00:00.000Z',
    ]);
  });

  it('names at most a hundred differences and counts the others', async () => {
    const folder = temporaryFolder();
    const differences = Array.from({ length: 103 }, (_, index) => `file ${String(index)} differs`);
    await appendHistory(folder, event({ verdict: 'failed', differences }));
    const [read] = await readHistory(folder);
    expect(read?.differences).toHaveLength(101);
    expect(read?.differences.at(-1)).toBe('3 more');
  });
});

describe('when a set was proven', () => {
  it('is never said of one that lacks something: only what it has was proven, and what it lacks is named', () => {
    const part = event({ at: '2026-11-24T03:00:00.000Z', lacks: ['certificates'] });
    expect(provenAt([part], 'a')).toBeUndefined();
    expect(provenPart([part], 'a')).toEqual({ at: part.at, lacks: ['certificates'] });
    expect(provenPart([part], 'b')).toBeUndefined();
    expect(provenPart([part, event({ verdict: 'failed' })], 'a')).toBeUndefined();
    expect(provenPart([event()], 'a')).toBeUndefined();
  });

  it('is the time of the newest passed drill of this very manifest', () => {
    const later = event({ at: '2026-11-24T03:00:00.000Z' });
    const other = event({ at: '2026-11-25T03:00:00.000Z', manifestSha256: 'b' });
    expect(provenAt([event(), later, other], 'a')).toBe(later.at);
  });

  it('is never by reading alone', () => {
    expect(provenAt([event({ kind: 'verify' })], 'a')).toBeUndefined();
  });

  it('ends with a later look that found something wrong', () => {
    expect(provenAt([event(), event({ kind: 'verify', verdict: 'failed' })], 'a')).toBeUndefined();
    expect(provenAt([event(), event({ verdict: 'failed' }), event()], 'a')).toBe(event().at);
  });
});

describe('a look that found something wrong', () => {
  const failedVerify = event({ kind: 'verify', verdict: 'failed', at: '2026-11-24T03:00:00.000Z' });
  const failedDrill = event({ verdict: 'failed', at: '2026-11-24T04:00:00.000Z' });
  const later = { at: '2026-11-25T03:00:00.000Z' };

  it.each([
    ['never', [event(), event({ kind: 'verify' })], undefined],
    ['a verify', [event(), failedVerify], failedVerify.at],
    ['the newer of two', [failedVerify, failedDrill], failedDrill.at],
    ['cleared by a whole verify', [failedVerify, event({ kind: 'verify', ...later })], undefined],
    [
      'not cleared by a verify of a sample',
      [failedVerify, event({ kind: 'verify', samplePercent: 10, ...later })],
      failedVerify.at,
    ],
    ['cleared by a drill', [failedVerify, failedDrill, event(later)], undefined],
    ['a drill, not cleared by a verify', [failedDrill, event({ kind: 'verify', ...later })], failedDrill.at],
    [
      'a verify, not cleared by a drill that read a sample',
      [failedVerify, failedDrill, event({ samplePercent: 10, ...later })],
      failedVerify.at,
    ],
    ['of another manifest', [{ ...failedVerify, manifestSha256: 'b' }], undefined],
  ])('%s', (_what, history, expected) => {
    expect(failureOf(history, 'a')?.at).toBe(expected);
  });

  it('has a reason that says little of the set, unless another look found something else', () => {
    const reason = 'certificate-password';
    const password = { ...failedDrill, reason } as const;
    expect(failureOf([event(), password], 'a')).toEqual({ at: failedDrill.at, reason });
    expect(failureOf([failedVerify, password], 'a')).toEqual({ at: failedDrill.at });
    expect(failureOf([password, failedDrill], 'a')).toEqual({ at: failedDrill.at });
  });
});
