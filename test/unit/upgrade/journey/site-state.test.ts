import { describe, expect, it } from 'vitest';
import { differences } from '../../../../src/upgrade/journey/site-state.ts';
import type { HopState } from '../../../../src/upgrade/types.ts';

const STATE: HopState = {
  release: 'August 2022',
  patch: 5,
  postgres: { version: '9.6', kind: 'bundled', remote: false },
  uninstalled: false,
};

function on(release: string | null, postgres?: string) {
  return { nodes: [{ node: 'qs1', release }], notes: [], ...(postgres === undefined ? {} : { postgres }) };
}

describe('a site compared with the state of a plan', () => {
  it.each([
    ['the same', STATE, on('August 2022 Patch 5', '9.6.24')],
    ['nothing known', STATE, { nodes: [], notes: [] }],
    ['an unknown patch', { ...STATE, patch: 'unknown' as const }, on('August 2022 Patch 2')],
    ['no patch', { ...STATE, patch: 'none' as const }, on('August 2022')],
    [
      'another minor of 14',
      { ...STATE, postgres: { ...STATE.postgres, version: '14.8' } },
      on('August 2022 Patch 5', '14.17'),
    ],
    ['uninstalled, with any server', { ...STATE, uninstalled: true }, on(null, '14.8')],
  ])('agrees: %s', (_words, state, sight) => {
    expect(differences(state, sight)).toEqual([]);
  });

  it.each([
    ['another release', STATE, on('May 2023'), 'qs1 has May 2023; the plan has August 2022 Patch 5'],
    [
      'another patch',
      STATE,
      on('August 2022 Patch 6'),
      'qs1 has August 2022 Patch 6; the plan has August 2022 Patch 5',
    ],
    [
      'a patch where none is planned',
      { ...STATE, patch: 'none' as const },
      on('August 2022 Patch 1'),
      'qs1 has August 2022 Patch 1; the plan has August 2022 without a patch',
    ],
    ['a release of tomorrow', STATE, on('May 2031'), 'qs1 has May 2031; the plan has August 2022 Patch 5'],
    [
      'nothing installed',
      STATE,
      on(null),
      'on qs1 no release is found, or more than one; the plan has August 2022 Patch 5',
    ],
    [
      'still installed',
      { ...STATE, uninstalled: true },
      on('August 2022'),
      'qs1 has August 2022; by the plan Qlik Sense is uninstalled by then',
    ],
    [
      'another server',
      STATE,
      on('August 2022 Patch 5', '14.17'),
      'the database server is PostgreSQL 14.17; the plan has 9.6',
    ],
  ])('differs: %s', (_words, state, sight, text) => {
    expect(differences(state, sight)).toEqual([text]);
  });
});
