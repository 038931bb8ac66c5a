import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import type { UpgradeHop, UpgradeStart } from '../../../../src/upgrade/types.ts';
import { expectHops, last, MACHINE, may2023ForQpi, QPI_FROM_9_6, site, unknown } from './expect-path.ts';

describe('a site of which little is known', () => {
  it('is planned for the worse PostgreSQL, 9.6, and says what another would change', () => {
    const start = unknown(site('November 2020', '9.6'), 'postgres');
    const plan = planUpgrade(start, { to: 'May 2025' });
    expect(plan.hops[0]?.stateBefore.postgres.version).toBe('9.6');
    expect(plan.hops.map(({ to }) => to)[0]).toBe('May 2023');
    expect(plan.hops).toHaveLength(3);
    const question = plan.questions.find(({ field }) => field === 'postgres.version');
    expect(question?.otherwise.length).toBeGreaterThan(0);
    expect(plan.questions.map(({ field }) => field)).toContain('postgres.kind');
  });

  it('is asked for the kind of a 9.6 where it decides (2.6, p. 145), with what another would change', () => {
    const start = site('August 2022', '9.6', 'bundled', { postgres: { version: '9.6' } });
    const plan = planUpgrade(start, { to: 'May 2025' });
    expect(plan.hops).toHaveLength(2);
    const question = plan.questions.find(({ field }) => field === 'postgres.kind');
    expect(question?.otherwise.length).toBeGreaterThan(0);
    const hop = { bundled: 'postgres-qpi', standalone: 'postgres-standalone' } as const;
    const kind = plan.hops[0]?.stateBefore.postgres.kind === 'bundled' ? hop.bundled : hop.standalone;
    expect(plan.hops[0]?.kind).toBe(kind);
  });

  it('needs no kind of PostgreSQL where 9.6 is not in the way', () => {
    const start = unknown(site('November 2019', '9.6'), 'postgres');
    const plan = planUpgrade(start, { to: 'November 2020' });
    expectHops(plan.hops, [last('November 2019', 'November 2020')]);
  });

  it('is planned with nothing but its release, and the questions name the rest', () => {
    const plan = planUpgrade({ release: 'November 2020' }, { to: 'May 2025' });
    expect(plan.reachable).toBe(true);
    const fields = plan.questions.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['nodes', 'ssl', 'serviceAccount', 'postgres.version']));
    for (const question of plan.questions) expect(question.how).not.toBe('');
  });

  it('is not asked what its release tells: June 2017 and later have shared persistence (p. 165)', () => {
    const start = unknown(site('November 2020', '9.6'), 'persistence');
    const plan = planUpgrade(start, { to: 'May 2025' });
    expectHops(plan.hops, [may2023ForQpi('November 2020'), QPI_FROM_9_6, last('May 2023', 'May 2025')]);
    expect(plan.questions.map(({ field }) => field)).not.toContain('persistence');
    const old = planUpgrade({ ...start, release: '3.1 SR2', firstInstalled: '3.1 SR2' }, { to: 'June 2017' });
    expect(old.questions.map(({ field }) => field)).toContain('persistence');
  });
});

describe('what a single step depends on', () => {
  it('is asked once for each step that begins with "If", and the answer makes that step certain or leaves it out', () => {
    const bare: UpgradeStart = site('November 2019', '9.6');
    const asked = planUpgrade(bare, { to: 'May 2025' }).questions.filter(({ detail }) => detail === true);
    expect(asked.map(({ field }) => field).sort()).toEqual(
      // On this way by November 2020, May 2023 and the installer of PostgreSQL every one of them matters.
      Object.keys(MACHINE)
        .filter((field) => field !== 'windows')
        .sort(),
    );
    for (const { field } of asked) {
      const told = { ...bare, [field]: MACHINE[field as keyof typeof MACHINE] };
      const { questions, hops } = planUpgrade(told, { to: 'May 2025' });
      expect(questions.map((question) => question.field)).not.toContain(field);
      const unsure = (all: readonly UpgradeHop[]) =>
        all.flatMap((hop) => [...hop.before, ...hop.during, ...hop.after]).filter(({ certain }) => !certain);
      expect(unsure(hops).length).toBeLessThan(unsure(planUpgrade(bare, { to: 'May 2025' }).hops).length);
    }
  });
});

describe('a site that is where it should be', () => {
  it('is advised to leave no PostgreSQL that nobody named', () => {
    const plan = planUpgrade({ release: 'May 2025' }, { to: 'May 2025' });
    expect([plan.hops, plan.alternatives]).toEqual([[], []]);
    const told = {
      release: 'May 2025',
      patch: 'none',
      postgres: { version: '12.5', kind: 'bundled' },
    } as const;
    expect(planUpgrade(told, { to: 'May 2025' }).alternatives).not.toEqual([]);
  });
});
