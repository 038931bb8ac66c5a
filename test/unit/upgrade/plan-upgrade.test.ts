import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../src/upgrade/plan-upgrade.ts';
import { RELEASES } from '../../../src/upgrade/releases.ts';
import type { PlanOptions, UpgradeHop, UpgradePlan, UpgradeStart } from '../../../src/upgrade/types.ts';
import { MACHINE } from './paths/expect-path.ts';

/** A site that tells everything that a path needs. */
const KNOWN = {
  patch: 'none',
  persistence: 'shared',
  serviceAccount: 'user',
  ssl: false,
  nodes: 1,
  firstInstalled: '3.0',
} as const;

function plan(start: UpgradeStart, to = 'May 2025', options?: PlanOptions): UpgradePlan {
  return planUpgrade({ ...KNOWN, ...start }, { to }, options);
}

function path({ hops }: Pick<UpgradePlan, 'hops'>): string[] {
  return hops.map(({ kind, to }) => `${kind} ${to}`);
}

function rulesOf(hop: UpgradeHop | undefined): string[] {
  return (hop?.reasons ?? []).map(({ rule }) => rule);
}

function demandsOf(hop: UpgradeHop | undefined): string[] {
  return [...(hop?.before ?? []), ...(hop?.during ?? []), ...(hop?.after ?? [])].map(({ rule }) => rule);
}

const bundled96 = { version: '9.6', kind: 'bundled' } as const;

describe('the path', () => {
  it('of 3.1 SR1 goes by way of June 2017, and each hop says which rule forces it', () => {
    const made = plan({ release: '3.1 SR1', postgres: { version: '9.3', kind: 'bundled' } });
    expect(path(made)).toEqual([
      'upgrade June 2017',
      'upgrade November 2020',
      'upgrade May 2023',
      'postgres-qpi PostgreSQL 14.17',
      'upgrade May 2025',
    ]);
    expect(made.hops.map(rulesOf)).toEqual([
      ['june-2017-first'],
      ['november-2020-first'],
      ['qpi-release', 'postgres-9-6-blocks'],
      ['postgres-9-6-blocks'],
      ['goal'],
    ]);
    expect(made.hops[0]?.stateAfter.postgres).toEqual({ version: '9.6', kind: 'bundled', remote: false });
  });

  it('uninstalls patches before the Qlik PostgreSQL Installer when that is shorter', () => {
    const made = plan({ release: 'August 2022 Patch 5', patch: 5, postgres: bundled96 });
    expect(path(made)).toEqual([
      'uninstall-patch August 2022',
      'postgres-qpi PostgreSQL 14.17',
      'upgrade May 2025',
    ]);
    expect(rulesOf(made.hops[0])).toEqual(['qpi-initial', 'postgres-9-6-blocks']);
    expect(made.from).toBe('August 2022 Patch 5');
  });

  it("moves a PostgreSQL of one's own by dump and restore, on a release that knows 14", () => {
    const made = plan({ release: 'February 2021', postgres: { version: '9.6', kind: 'standalone' } });
    expect(path(made)).toEqual(['upgrade May 2023', 'postgres-standalone PostgreSQL 14', 'upgrade May 2025']);
  });

  it('is one hop where setup only warns', () => {
    const made = plan({ release: 'May 2023', postgres: { version: '12.5', kind: 'bundled' } });
    expect(path(made)).toEqual(['upgrade May 2025']);
    expect(made.warnings.map(({ rule }) => rule)).toContain('postgres-12-warned');
    expect(made.alternatives.map((one) => [one.recommended, path(one)])).toEqual([
      [true, ['upgrade May 2025', 'postgres-qpi PostgreSQL 14.17']],
    ]);
  });

  it('ends with a patch where one is asked for, and takes a newer one off first', () => {
    expect(
      path(plan({ release: 'May 2024', postgres: { version: '14.8', kind: 'bundled' } }, 'May 2025 p5')),
    ).toEqual(['upgrade May 2025', 'patch May 2025 Patch 5']);
    expect(path(plan({ release: 'May 2025', patch: 7 }, 'May 2025 Patch 3'))).toEqual([
      'uninstall-patch May 2025',
      'patch May 2025 Patch 3',
    ]);
    expect(path(plan({ release: 'May 2025', patch: 7 }, 'May 2025 IR'))).toEqual([
      'uninstall-patch May 2025',
    ]);
  });

  it('is empty at the goal', () => {
    const made = plan({ release: 'May 2025', patch: 3, postgres: { version: '14.17', kind: 'qpi' } });
    expect(made).toMatchObject({ reachable: true, hops: [], blockedBy: [], questions: [], alternatives: [] });
  });

  it('installs anew over the database of an uninstalled site, into the PostgreSQL that comes with it', () => {
    const made = plan({ release: 'November 2020', uninstalled: true, postgres: bundled96 });
    expect(path(made)).toEqual(['upgrade-after-uninstall May 2025']);
    expect(made.hops[0]?.stateAfter.postgres.version).toBe('14.17');
    expect(demandsOf(made.hops[0])).toEqual(
      expect.arrayContaining(['uninstalled-dump', 'uninstalled-setup']),
    );
  });
});

describe('where there is no path', () => {
  it('a downgrade is refused with what opens it', () => {
    const made = plan({ release: 'May 2025' }, 'May 2023');
    expect(made).toMatchObject({ reachable: false, hops: [] });
    expect(made.blockedBy).toMatchObject([{ rule: 'no-downgrade', source: '8.11, p. 308; 5.7, p. 210' }]);
    expect(made.blockedBy[0]?.opens).toMatch(/Restore a backup/);
  });

  it('an old Windows blocks May 2025 and nothing before it', () => {
    const windows = 'Microsoft Windows Server 2012 R2 Standard';
    const made = plan({ release: 'November 2023', windows, postgres: { version: '14.8', kind: 'bundled' } });
    expect(made.blockedBy.map(({ rule }) => rule)).toEqual(['windows-too-old']);
    expect(plan({ release: 'November 2023', windows }, 'November 2024').reachable).toBe(true);
  });

  it('answers that cannot be true together are named', () => {
    const made = plan({ release: 'November 2020', postgres: { version: '9.3', kind: 'bundled' } });
    const gone = made.blockedBy.find(({ rule }) => rule === 'postgres-9-3-gone');
    expect(gone?.opens).toMatch(/^Another look: SELECT version\(\);/);
    expect(made.blockedBy.map(({ opens }) => opens).join()).not.toMatch(
      /dump and restore, before the upgrade/,
    );
    expect(() => plan({ release: 'June 2019', firstInstalled: 'May 2021' })).toThrow(/cannot have begun/);
  });
});

describe('advice', () => {
  it("is a recommended alternative with the manual's words, not part of the path", () => {
    const made = plan({ release: 'November 2020', postgres: bundled96 });
    expect(path(made)).not.toContain('upgrade February 2021');
    const [february] = made.alternatives;
    expect(february).toMatchObject({ recommended: true, title: 'February 2021 after November 2020' });
    expect(path(february ?? { hops: [] })[0]).toBe('upgrade February 2021');
    expect(february?.reasons[0]?.text).toContain('reduce the likelihood of encountering errors');
  });

  it('names the latest release before the Qlik PostgreSQL Installer', () => {
    const made = plan({ release: 'February 2022', postgres: bundled96 });
    expect(path(made)).toEqual(['postgres-qpi PostgreSQL 14.17', 'upgrade May 2025']);
    expect(made.alternatives.map(path)).toEqual([
      ['upgrade May 2023', 'postgres-qpi PostgreSQL 14.17', 'upgrade May 2025'],
    ]);
  });

  it('on synchronized persistence is marked as inference', () => {
    const made = plan(
      { release: '3.2', persistence: 'synchronized', postgres: { version: '9.3', kind: 'bundled' } },
      'November 2020',
    );
    expect(made.alternatives).toMatchObject([{ recommended: true, reasons: [{ confidence: 'C' }] }]);
    expect(demandsOf(made.hops[0])).toContain('shared-persistence');
  });
});

describe('other ways', () => {
  it('are as many as asked for, differ, and come cheapest first', () => {
    const start = { release: '3.1 SR1', postgres: { version: '9.3', kind: 'bundled' } } as const;
    const made = plan(start, 'May 2025', { alternatives: 2 });
    const others = made.alternatives.filter(({ recommended }) => !recommended);
    expect(others).toHaveLength(2);
    const all = [made, ...made.alternatives].map((one) => path(one).join());
    expect(new Set(all).size).toBe(all.length);
    // June 2017 is force: no other way leaves it out.
    for (const one of made.alternatives) expect(path(one)[0]).toBe('upgrade June 2017');
    expect(plan(start).alternatives.every(({ recommended }) => recommended)).toBe(true);
  });
});

describe('what is not known', () => {
  it('is asked with what each answer would change', () => {
    const made = planUpgrade({ release: 'May 2022' }, { to: 'May 2025' });
    const asked = Object.fromEntries(made.questions.map((question) => [question.field, question]));
    expect(made.questions.filter(({ detail }) => detail !== true).map(({ field }) => field)).toEqual([
      'patch',
      'postgres.version',
      'postgres.kind',
      'serviceAccount',
      'ssl',
      'nodes',
      'windows',
    ]);
    expect(made.hops).toHaveLength(3);
    expect(made.hops[0]?.stateBefore.patch).toBe('unknown');
    expect(asked['patch']?.otherwise).toEqual([{ answer: 'none', effect: '2 hops instead of 3' }]);
    expect(asked['postgres.version']).toMatchObject({
      assumed: '9.6, the oldest that can be there',
      otherwise: [
        { answer: '12.5', effect: '1 hop instead of 3' },
        { answer: '14.17', effect: '1 hop instead of 3' },
      ],
    });
  });

  it('is not asked where the answer is known or changes nothing', () => {
    expect(plan({ release: 'May 2022', postgres: bundled96, ...MACHINE }).questions).toEqual([]);
    const fields = planUpgrade(
      { release: 'May 2024', postgres: { version: '14.8', kind: 'bundled' } },
      { to: 'May 2025' },
    ).questions.map(({ field }) => field);
    expect(fields).not.toContain('patch');
    expect(fields).not.toContain('firstInstalled');
  });

  it('follows from the first release where that tells the version', () => {
    const made = planUpgrade(
      { release: 'May 2024', patch: 'none', firstInstalled: 'August 2021' },
      { to: 'May 2025' },
    );
    expect(made.hops[0]?.stateBefore.postgres.version).toBe('12.5');
  });

  it('makes a step begin with "If" until it is answered', () => {
    const step = (ssl?: boolean) =>
      planUpgrade(
        {
          ...KNOWN,
          release: 'May 2024',
          ...(ssl === undefined ? {} : { ssl }),
          postgres: { version: '14.8' },
        },
        { to: 'May 2025' },
      ).hops[0]?.before.find(({ rule }) => rule === 'ssl-off');
    expect(step(true)).toMatchObject({ certain: true, text: expect.stringMatching(/^Switch SSL/) as string });
    expect(step(false)).toBeUndefined();
    const unknown = planUpgrade({ release: 'May 2024', patch: 'none' }, { to: 'May 2025' }).hops.at(
      -1,
    )?.before;
    expect(unknown?.find(({ rule }) => rule === 'ssl-off')).toMatchObject({
      certain: false,
      text: expect.stringMatching(/^If PostgreSQL is asked over SSL: switch/) as string,
    });
  });
});

describe('what hops demand', () => {
  const long = plan({
    release: '3.1 SR1',
    serviceAccount: 'local-system',
    persistence: 'synchronized',
    ssl: true,
    nodes: 8,
    centralizedLogging: true,
    proxySettings: true,
    capabilitiesChanged: true,
    postgres: { version: '9.3', kind: 'bundled' },
  });
  const [june, november, may2023, qpi, may2025] = long.hops;

  it.each([
    ['old-backup', [june]],
    ['shared-persistence', [june]],
    ['postgres-9-3-migrates', [june]],
    ['logging-not-in-setup', [november]],
    ['soft-deleted-records', [november]],
    ['root-certificate', [november]],
    ['proxy-settings', [june, november]],
    ['dot-net-4-8', [may2023]],
    ['visual-cpp-2019', [may2023]],
    ['centralized-logging-gone', [may2023]],
    ['backup', [november, may2023, qpi, may2025]],
    ['service-account', [june, november, may2023, may2025]],
    ['ssl-off', [june, november, may2023, may2025]],
    ['ssl-on', [june, november, may2023, may2025]],
    ['ssl-certificate', [november]],
    ['rim-certificates', [june, november, may2023, may2025]],
    ['capabilities-json', [june, november, may2023, may2025]],
    ['qpi-old-package', [qpi]],
    ['qpi-binaries', [qpi]],
    ['windows-version', [may2025]],
  ])('%s stands in the hops that it belongs to', (rule, hops) => {
    expect(long.hops.filter((hop) => demandsOf(hop).includes(rule))).toEqual(hops);
  });

  it('differ by what PostgreSQL was', () => {
    const made = plan({ release: 'May 2025', postgres: { version: '12.5', kind: 'bundled' } });
    const text = JSON.stringify(made.alternatives[0]?.hops[0]?.after);
    expect(text).toContain('PostgreSQL125.msi) once');
    expect(text).toContain('PostgreSQL14.msi SKIPINSTALLDBSERVICE=1');
    expect(JSON.stringify(qpi?.after)).toContain('(PostgreSQL.msi)');
  });

  it('has grants before setup for PostgreSQL 15 and 16', () => {
    const grants = (version: string) =>
      demandsOf(plan({ release: 'November 2024', postgres: { version, kind: 'standalone' } }).hops[0]);
    expect(grants('15')).toContain('postgres-15-grants');
    expect(grants('16.4')).toContain('postgres-15-grants');
    expect(grants('14.8')).not.toContain('postgres-15-grants');
  });

  it('has the root certificate for the patches that ask for it', () => {
    const patched = (to: string) => demandsOf(plan({ release: to, firstInstalled: '3.0' }, to).hops.at(-1));
    expect(patched('June 2019')).toEqual([]);
    const withPatch = (release: string, to: string) => demandsOf(plan({ release }, to).hops.at(-1));
    expect(withPatch('June 2019', 'June 2019 Patch 11')).toContain('root-certificate-by-patch');
    expect(withPatch('June 2019', 'June 2019 Patch 10')).not.toContain('root-certificate-by-patch');
    expect(withPatch('February 2020', 'February 2020 Patch 11')).not.toContain('root-certificate-by-patch');
  });

  it('names the point of no return, and none where the hop can be taken back', () => {
    expect(may2025?.pointOfNoReturn).toBe('setup begins on the central node');
    const patches = plan({ release: 'May 2022', patch: 2, postgres: bundled96 }).hops[0];
    expect(patches).toMatchObject({ kind: 'uninstall-patch', pointOfNoReturn: null });
  });
});

describe('the downtime', () => {
  it('is an estimate that says how it was come to', () => {
    const { hops, downtime } = plan({ release: 'November 2023', nodes: 8, postgres: { version: '14.8' } });
    expect(hops[0]?.downtime).toEqual({
      minutes: 255,
      text: 'about 4 h 15 min',
      basis: '8 nodes x 30 min setup + 15 min start and checks; planning figures of this tool, not measured',
      measured: false,
    });
    expect(downtime.minutes).toBe(255);
  });

  it('rests on minutes that were measured, where they are given', () => {
    const { downtime, hops } = plan(
      { release: 'November 2023', nodes: 2, postgres: { version: '14.8' } },
      'May 2025',
      {
        minutes: { upgrade: 40 },
      },
    );
    expect(hops[0]?.downtime).toMatchObject({ minutes: 80, text: 'about 1 h 20 min', measured: true });
    expect(downtime.measured).toBe(true);
  });

  it('decides between paths of as many hops', () => {
    const start = { release: 'August 2022', patch: 5, postgres: bundled96 } as const;
    const slow = plan(start, 'May 2025', { minutes: { 'uninstall-patch': 500 } });
    expect(path(slow)).toEqual(['upgrade May 2023', 'postgres-qpi PostgreSQL 14.17', 'upgrade May 2025']);
  });
});

describe('any question', () => {
  const releases = RELEASES.map(({ name }) => name);
  const starts = fc.record(
    {
      release: fc.constantFrom(...releases),
      patch: fc.constantFrom('none' as const, 1, 12),
      postgres: fc.record(
        {
          version: fc.constantFrom('9.3', '9.6', '11', '12.5', '13', '14.8', '15', '17'),
          kind: fc.constantFrom(
            'bundled' as const,
            'qpi' as const,
            'standalone' as const,
            'managed' as const,
          ),
          remote: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      uninstalled: fc.boolean(),
      nodes: fc.constantFrom(1, 8),
    },
    { requiredKeys: ['release'] },
  );

  it('gets an answer that hangs together, and the same one again', () => {
    fc.assert(
      fc.property(starts, fc.constantFrom(...releases), fc.constantFrom(0, 3), (start, to, alternatives) => {
        const made = planUpgrade(start, { to }, { alternatives });
        expect(planUpgrade(start, { to }, { alternatives })).toEqual(made);
        expect(made.blockedBy.length > 0).toBe(!made.reachable);
        for (const hops of [made.hops, ...made.alternatives.map((one) => one.hops)]) {
          for (const [index, hop] of hops.entries()) {
            expect(hop.reasons).not.toEqual([]);
            if (index > 0) expect(hop.stateBefore).toEqual(hops[index - 1]?.stateAfter);
          }
          if (hops.length > 0)
            expect(hops.at(-1)?.stateAfter).toMatchObject({ release: to, uninstalled: false });
        }
      }),
      { numRuns: 150 },
    );
  });
});
