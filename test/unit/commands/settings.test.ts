import { describe, expect, it } from 'vitest';
import { worstExitCode } from '../../../src/commands/exit-codes.ts';
import { pickFormat } from '../../../src/commands/plan-output.ts';
import { parseApprovals, parseSettings } from '../../../src/commands/settings.ts';
import { UsageError } from '../../../src/contract/errors.ts';

describe('parseSettings', () => {
  it('splits at the first equals sign', () => {
    expect(parseSettings(['a=1', 'b=x=y', 'c='])).toEqual({ a: '1', b: 'x=y', c: '' });
  });

  it.each([[['a']], [['=x']], [['a=1', 'a=2']]])('refuses %j', (settings) => {
    expect(() => parseSettings(settings)).toThrow(UsageError);
  });
});

describe('parseApprovals', () => {
  it.each([
    [undefined, false, { change: false }],
    [undefined, true, { change: true }],
    [['change'], false, { change: true }],
    [['destroy=acme'], false, { change: true, destroy: 'acme' }],
  ] as const)('reads %j with yes %s', (approvals, yes, given) => {
    expect(parseApprovals(approvals, yes)).toEqual(given);
  });

  it.each(['destroy', 'destroy=', 'all', 'read'])('refuses %s', (approval) => {
    expect(() => parseApprovals([approval], false)).toThrow(UsageError);
  });
});

describe('pickFormat', () => {
  it('takes --json for the JSON form', () => {
    expect(pickFormat(undefined, true)).toBe('json');
    expect(pickFormat('json', true)).toBe('json');
    expect(pickFormat(undefined, false)).toBe('text');
    expect(pickFormat('html', false)).toBe('html');
  });

  it('refuses unknown and contradicting forms', () => {
    expect(() => pickFormat('pdf', false)).toThrow(UsageError);
    expect(() => pickFormat('html', true)).toThrow(UsageError);
  });
});

describe('worstExitCode', () => {
  it('prefers 7, then 130, 1, 5', () => {
    expect(worstExitCode([5, 1, 130, 7])).toBe(7);
    expect(worstExitCode([5, 1, 130])).toBe(130);
    expect(worstExitCode([8, 6, 5])).toBe(5);
    expect(worstExitCode([8, 6])).toBe(6);
    expect(worstExitCode([])).toBe(0);
  });
});
