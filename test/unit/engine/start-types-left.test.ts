import { describe, expect, it } from 'vitest';
import type { StartType } from '../../../src/contract/start-type.ts';
import type { JournalEntry } from '../../../src/engine/records.ts';
import { startTypesLeft } from '../../../src/engine/start-types-left.ts';

type Phase = 'begin' | 'end' | 'failed';

function set(node: string, service: string, startType: StartType, phases: readonly Phase[]): JournalEntry[] {
  return phases.map((phase, index) => ({
    ...{ type: 'operation', phase, step: 'set', node, attempt: 1 },
    ...{ seq: index, at: '2026-11-30T12:00:00.000Z', prev: '' },
    operation: { kind: 'start-type', service, startType, effect: 'change' },
  }));
}

describe('start types that a run leaves', () => {
  it('are those it set to Manual and did not set back, on each node', () => {
    const left = startTypesLeft([
      ...set('central', 'QlikSenseProxyService', 'manual', ['begin', 'end']),
      ...set('central', 'QlikSenseEngineService', 'manual', ['begin', 'end']),
      ...set('rim', 'QlikSenseProxyService', 'manual', ['begin', 'end']),
      ...set('central', 'QlikSenseProxyService', 'automatic', ['begin', 'end']),
    ]);
    expect(left).toHaveLength(2);
    expect(left[0]).toMatch(/^central: Windows no longer starts QlikSenseEngineService, which/);
    expect(left[1]).toMatch(
      /^rim: Windows no longer starts QlikSenseProxyService, .*sc\.exe config NAME start= auto \(/,
    );
  });

  it('count where nobody knows whether it was done, and not where it was refused', () => {
    expect(startTypesLeft(set('central', 'A', 'manual', ['begin']))).toHaveLength(1);
    expect(startTypesLeft(set('central', 'A', 'manual', ['begin', 'failed']))).toHaveLength(1);
    const refused = set('central', 'A', 'manual', ['begin', 'failed']).map((entry, index) =>
      index === 1 ? ({ ...entry, refused: true } as JournalEntry) : entry,
    );
    expect(startTypesLeft(refused)).toEqual([]);
    const back = [
      ...set('central', 'A', 'manual', ['begin', 'end']),
      ...set('central', 'A', 'automatic', ['begin', 'failed']),
    ];
    expect(startTypesLeft(back)).toHaveLength(1);
    expect(startTypesLeft([])).toEqual([]);
  });
});
