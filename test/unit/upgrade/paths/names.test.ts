import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import { shape, site } from './expect-path.ts';

describe('names of releases', () => {
  it.each([
    ['August 2022', 'August 2022'],
    ['aug 2022', 'August 2022'],
    ['2022-08', 'August 2022'],
    ['3.1 SR1', '3.1 SR1'],
    ['november 2020', 'November 2020'],
  ])('%s is %s', (written, release) => {
    const start = site(written, '9.6');
    const plan = planUpgrade(start, { to: 'May 2023' });
    expect(plan.from).toBe(release);
    expect(shape(plan.hops)).toEqual(shape(planUpgrade(site(release, '9.6'), { to: 'may 2023' }).hops));
    expect(planUpgrade(start, { to: '2023-05' }).to).toBe('May 2023');
  });

  it('are those of the vendor in what the plan tells', () => {
    const plan = planUpgrade(site('sep 2020', '9.6'), { to: 'feb 2021' });
    expect(shape(plan.hops)).toEqual([
      'upgrade: September 2020 -> November 2020',
      'upgrade: November 2020 -> February 2021',
    ]);
  });
});
