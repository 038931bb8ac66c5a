import { describe, expect, it } from 'vitest';
import { loadRunbook } from '../../../src/runbook/load.ts';
import { paramTexts, resolveParams } from '../../../src/runbook/params.ts';
import { runbook, usageError } from './support.ts';

const loaded = loadRunbook(
  runbook(
    '      - { id: a, uses: look }',
    [
      'params:',
      '  mode: { type: enum, values: [full, none], default: full }',
      '  count: { type: integer }',
      '  fast: { type: boolean, default: false }',
      '  limit: { type: duration, default: "${ site.limit }" }',
      '  target: { type: path, default: "${ params.base }/${ params.mode }" }',
      '  base: { type: path, default: "${ site.root }" }',
      '  note: { type: string }',
      '  password: { type: secret }',
      '  needed: { type: string, required: true }\n',
    ].join('\n'),
  ),
  'test.yaml',
);
const site = { root: '/share', limit: 90_000 };

describe('parameters', () => {
  it('have their defaults, which may build on each other and on the site', () => {
    expect(resolveParams(loaded, { needed: '' }, site)).toEqual({
      shown: {
        mode: 'full', count: null, fast: false, limit: 90_000, base: '/share', target: '/share/full',
        note: null, password: null, needed: '',
      },
      secrets: {},
    }); // prettier-ignore
  });

  it('are read by their type', () => {
    const given = {
      mode: 'none', count: '-12', fast: 'true', limit: '10m', target: 'C:\\x', note: '${ site.root }',
      password: 'hunter22', needed: 'a=b',
    }; // prettier-ignore
    expect(resolveParams(loaded, given, site)).toEqual({
      shown: {
        mode: 'none', count: -12, fast: true, limit: 600_000, base: '/share', target: 'C:\\x',
        note: '${ site.root }', password: '***', needed: 'a=b',
      },
      secrets: { password: 'hunter22' },
    }); // prettier-ignore
  });

  it.each<[Record<string, string>, string]>([
    [{ mode: 'ful' }, '--set mode=ful: must be "full" or "none"; did you mean "full"?'],
    [{ count: '1.5' }, '--set count=1.5: must be a whole number'],
    [{ count: '0x10' }, '--set count=0x10: must be a whole number'],
    [{ count: '' }, '--set count=: must be a whole number'],
    [{ fast: 'yes' }, '--set fast=yes: must be true or false'],
    [{ limit: '10' }, '--set limit=10: must be a duration with a unit, such as 90s, 10m or 1h30m'],
    [{ base: '' }, '--set base=: must be a path'],
    [{ password: '' }, '--set password: must not be empty'],
    [{ password: 'q7!' }, '--set password: must have at least 4 characters: a shorter secret cannot be hidden in messages'],
    [{ nots: 'x' }, '--set nots: the runbook test has no parameter "nots"; did you mean "note"?'],
    [{ constructor: 'x' }, '--set constructor: the runbook test has no parameter "constructor"; it has "mode", "count", "fast", "limit", "target", "base", "note", "password", "needed"'],
  ])('%j is refused', (given, message) => {
    expect(usageError(() => resolveParams(loaded, { needed: 'x', ...given }, site))).toBe(message);
  }); // prettier-ignore

  it('tell everything that is wrong at once', () => {
    expect(
      usageError(() => resolveParams(loaded, { count: 'x', fsat: 'true' }, { root: '/s' })).split('\n'),
    ).toEqual([
      '--set fsat: the runbook test has no parameter "fsat"; did you mean "fast"?',
      '--set count=x: must be a whole number',
      'test.yaml:7:37 params.limit.default: site.limit is unknown; known are "root"',
      'the parameter "needed" is missing: --set needed=VALUE',
    ]);
  });

  it('of a plan can be given again, except secrets', () => {
    const given = { needed: 'x', limit: '1m', password: 'hunter22', count: '3' };
    const { shown } = resolveParams(loaded, given, site);
    const again = paramTexts({ params: shown }, loaded.params);
    expect(again).not.toHaveProperty('password');
    expect(
      resolveParams(loaded, { ...again, password: 'hunter22' }, { root: '/other', limit: 1 }).shown,
    ).toEqual(shown);
  });
});
