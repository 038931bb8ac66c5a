import { describe, expect, it } from 'vitest';
import type { HopState, PostgresKind } from '../../../src/upgrade/types.ts';
import { broughtUpTo, fewestHops, forbids, moved, type Move, type Target } from './checker.ts';
import { age, RELEASES } from './releases.ts';

function at(
  release: string,
  version: string,
  kind: PostgresKind = 'bundled',
  more: Partial<HopState> = {},
): HopState {
  const postgres = { version, kind, remote: kind === 'managed' };
  return { release, patch: 'none', postgres, uninstalled: false, ...more };
}

const MAY_2025: Target = { release: 'May 2025' };
const to = (release: string): Move => ({ kind: 'upgrade', to: release });

describe('the order of the releases', () => {
  it('is that of their ages', () => {
    const ages = RELEASES.map(age);
    expect(ages).toEqual([...ages].sort((one, other) => one - other));
    expect(new Set(ages).size).toBe(RELEASES.length);
  });

  it('has no place for what is no release', () => {
    expect(() => age('Qlik 2025')).toThrow('Qlik 2025 is no name of a release');
  });
});

describe('what the manual says against a move', () => {
  const cases: readonly [string, HopState, Move, string | undefined][] = [
    ['3.1 SR1 past June 2017', at('3.1 SR1', '9.3'), to('September 2017'), 'p. 165'],
    ['3.1 SR1 to June 2017', at('3.1 SR1', '9.3'), to('June 2017'), undefined],
    ['3.0 to 3.2 on the way further', at('3.0', '9.3'), to('3.2'), 'p. 165'],
    ['3.1 SR2 past June 2017', at('3.1 SR2', '9.3'), to('November 2020'), undefined],
    ['September 2020 past November 2020', at('September 2020', '9.6'), to('February 2021'), 'p. 166'],
    ['November 2020 to May 2023', at('November 2020', '9.6'), to('May 2023'), undefined],
    ['9.6 to August 2023', at('May 2023', '9.6'), to('August 2023'), 'pp. 166-167'],
    ['a managed 9.6 to August 2023', at('May 2023', '9.6', 'managed'), to('August 2023'), 'inferred'],
    ['11 to May 2025', at('May 2023', '11', 'standalone'), to('May 2025'), 'p. 21'],
    ['12.5 to May 2025', at('May 2023', '12.5'), to('May 2025'), undefined],
    ['backwards', at('May 2023', '12.5'), to('February 2023'), 'p. 308'],
    ['to the same release', at('May 2023', '12.5'), to('May 2023'), 'p. 164'],
    ['QPI on November 2021', at('November 2021', '9.6'), { kind: 'postgres-qpi' }, 'p. 144'],
    ['QPI on February 2022', at('February 2022', '9.6'), { kind: 'postgres-qpi' }, undefined],
    ['QPI on a patch', at('May 2022', '9.6', 'bundled', { patch: 3 }), { kind: 'postgres-qpi' }, 'p. 145'],
    [
      'QPI on an unknown patch',
      at('May 2022', '9.6', 'bundled', { patch: 'unknown' }),
      { kind: 'postgres-qpi' },
      'p. 145',
    ],
    ['QPI on a server of its own', at('May 2022', '9.6', 'standalone'), { kind: 'postgres-qpi' }, 'p. 145'],
    ['QPI on 14.8', at('August 2023', '14.8'), { kind: 'postgres-qpi' }, 'p. 144'],
    ['dump and restore of a bundled one', at('May 2022', '9.6'), { kind: 'postgres-standalone' }, 'p. 166'],
    ['no patch to uninstall', at('May 2022', '9.6'), { kind: 'uninstall-patch' }, 'p. 174'],
    [
      'an upgrade of what is uninstalled',
      at('May 2022', '12.5', 'bundled', { uninstalled: true }),
      to('May 2025'),
      'p. 172',
    ],
    [
      '3.6 of what is installed',
      at('May 2022', '12.5'),
      { kind: 'upgrade-after-uninstall', to: 'May 2025' },
      'p. 172',
    ],
  ];
  it.each(cases)('%s', (_name, state, move, page) => {
    const said = forbids(state, move, MAY_2025).join('\n');
    if (page === undefined) expect(said).toBe('');
    else expect(said).toContain(page);
  });

  it('knows Windows Server 2012 as too old for May 2025 only', () => {
    const state = at('May 2023', '12.5');
    expect(forbids(state, to('May 2025'), MAY_2025, 'Windows Server 2012 R2').join()).toContain('p. 19');
    expect(forbids(state, to('May 2025'), MAY_2025, 'Windows Server 2016')).toEqual([]);
    expect(forbids(state, to('November 2024'), MAY_2025, 'Windows Server 2012 R2')).toEqual([]);
  });
});

it('lets 3.0 end at 3.2', () => {
  expect(forbids(at('3.0', '9.3'), to('3.2'), { release: '3.2' })).toEqual([]);
});

describe('the state after a move', () => {
  it('has 9.6 for a bundled 9.3 from June 2017 on, and no patch', () => {
    const state = at('3.1 SR2', '9.3', 'bundled', { patch: 1 });
    expect(moved(state, to('3.2')).postgres.version).toBe('9.3');
    expect(moved(state, to('June 2017'))).toEqual(at('June 2017', '9.6'));
  });

  it('has what a fresh installation brings where the site was uninstalled', () => {
    const gone = at('November 2019', '9.6', 'bundled', { uninstalled: true });
    const anew = (release: string) => moved(gone, { kind: 'upgrade-after-uninstall', to: release });
    expect(anew('February 2021').postgres.version).toBe('9.6');
    expect(anew('May 2021').postgres.version).toBe('12.5');
    expect(anew('May 2023').postgres.version).toBe('12.5');
    expect(anew('August 2023').postgres.version).toBe('14.8');
    expect(anew('May 2025')).toEqual(at('May 2025', '14.17'));
  });
});

describe('what a bundled server can be', () => {
  it.each([
    ['3.2', ['9.3']],
    ['November 2020', ['9.6']],
    ['May 2023', ['9.6', '12.5']],
    ['August 2023', ['12.5', '14.8']],
    ['May 2025', ['12.5', '14.8', '14.17']],
  ])('at %s is one of %j', (release, versions) => {
    expect(broughtUpTo(release)).toEqual(versions);
  });
});

describe('the fewest hops', () => {
  it.each([
    ['3.1 SR1', at('3.1 SR1', '9.3'), 5],
    ['3.1 SR2', at('3.1 SR2', '9.3'), 4],
    ['November 2020 on 9.6', at('November 2020', '9.6'), 3],
    ['August 2022 on 9.6', at('August 2022', '9.6'), 2],
    ['August 2022 Patch 5 on 9.6', at('August 2022', '9.6', 'bundled', { patch: 5 }), 3],
    ['May 2023 on 12.5', at('May 2023', '12.5'), 1],
    ['May 2025', at('May 2025', '14.17'), 0],
    ['November 2025', at('November 2025', '14.17'), undefined],
    ['November 2021 on a bundled 10', at('November 2021', '10'), undefined],
  ])('from %s to May 2025 are as counted by hand', (_name, state, hops) => {
    expect(fewestHops(state, MAY_2025).hops).toBe(hops);
  });

  it('are found by looking at no more states than releases, patches and servers make', () => {
    for (const release of RELEASES) {
      const { looked } = fewestHops(at(release, '9.3', 'bundled', { patch: 2 }), {
        release: 'November 2026',
        patch: 2,
      });
      expect(looked).toBeLessThan(RELEASES.length * 2 * 4 + 1);
    }
  });
});
