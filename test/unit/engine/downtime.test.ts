import { describe, expect, it } from 'vitest';
import { measureDowntime } from '../../../src/engine/downtime.ts';
import type { JournalEntry, JournalRecord } from '../../../src/engine/records.ts';

const KEY = { step: 's', node: 'central', attempt: 1 };

function at(seconds: number, record: JournalRecord): JournalEntry {
  return { ...record, seq: 1, prev: '', at: new Date(seconds * 1000).toISOString() };
}

function service(seconds: number, verb: 'stop' | 'start', phase: 'begin' | 'end', step = 's'): JournalEntry {
  const operation = { kind: 'service', verb, service: 'QlikSenseEngineService', effect: 'change' } as const;
  return at(seconds, { type: 'operation', phase, operation, ...KEY, step });
}

function result(seconds: number, step: string): JournalEntry {
  return at(seconds, {
    type: 'result',
    title: '',
    outputs: {},
    durationMs: 0,
    always: false,
    undo: false,
    ...KEY,
    step,
  });
}

describe('measured downtime', () => {
  it('is absent when nothing was stopped', () => {
    expect(measureDowntime([result(1, 's')])).toEqual({});
  });

  it('runs from the first stop to ready, and quiet from the last stop to the first start', () => {
    const entries = [
      service(10, 'stop', 'begin'),
      service(12, 'stop', 'end'),
      service(12, 'stop', 'begin'),
      service(15, 'stop', 'end'),
      service(40, 'start', 'begin', 'start'),
      service(44, 'start', 'end', 'start'),
      result(50, 'start'),
    ];
    expect(measureDowntime(entries)).toEqual({ quietMs: 25_000, downtimeMs: 40_000 });
  });

  it('ends when the services are ready, though dumps go on beside them', () => {
    const entries = [
      service(10, 'stop', 'begin'),
      service(15, 'stop', 'end'),
      at(16, { type: 'milestone', milestone: 'locked', ...KEY, step: 'dump' }),
      service(17, 'start', 'begin', 'start'),
      result(20, 'start'),
      result(300, 'dump'),
    ];
    expect(measureDowntime(entries)).toEqual({ quietMs: 2000, downtimeMs: 10_000 });
  });

  it('goes on where a step that failed stopped again what it had started', () => {
    const failed = [
      service(10, 'stop', 'begin'),
      service(15, 'stop', 'end'),
      service(20, 'start', 'begin', 'bootstrap'),
      service(22, 'start', 'end', 'bootstrap'),
      service(80, 'stop', 'begin', 'bootstrap'),
      service(81, 'stop', 'end', 'bootstrap'),
    ];
    expect(measureDowntime(failed)).toEqual({ unknown: true });
    const resumed = [...failed, service(90, 'start', 'begin', 'bootstrap'), result(100, 'bootstrap')];
    expect(measureDowntime(resumed)).toEqual({ quietMs: 9000, downtimeMs: 90_000 });
  });

  it('is unknown while services are still down, or were started by somebody else', () => {
    const stopped = [service(10, 'stop', 'begin'), service(12, 'stop', 'end')];
    expect(measureDowntime(stopped)).toEqual({ unknown: true });
    expect(measureDowntime([service(1, 'start', 'begin'), result(2, 's')])).toEqual({});
  });

  it('adds up the stretches of a run that was resumed', () => {
    const stretch = (from: number): JournalEntry[] => [
      service(from, 'stop', 'begin'),
      service(from + 1, 'stop', 'end'),
      service(from + 3, 'start', 'begin', 'start'),
      service(from + 4, 'start', 'end', 'start'),
    ];
    expect(measureDowntime([...stretch(0), ...stretch(100)])).toEqual({ quietMs: 4000, downtimeMs: 8000 });
  });

  it('is never negative, also when the clock was set back in the middle', () => {
    const entries = [
      service(100, 'stop', 'begin'),
      service(101, 'stop', 'end'),
      service(40, 'start', 'begin', 'start'),
      service(41, 'start', 'end', 'start'),
    ];
    expect(measureDowntime(entries)).toEqual({ quietMs: 0, downtimeMs: 0 });
  });
});
