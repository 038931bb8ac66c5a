import { expect } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import type {
  Demand,
  HopKind,
  PostgresKind,
  Reason,
  UpgradeHop,
  UpgradePlan,
  UpgradeStart,
} from '../../../../src/upgrade/types.ts';

/** A hop as worked out by hand: what it is, the rule that forces it, and the pages of the manual that say so. */
export interface ExpectedHop {
  readonly hop: readonly [kind: HopKind, from: string, to: string];
  readonly because: string;
  /** One of these is in the source of the reason; none where the rule is an inference. */
  readonly pages?: readonly number[];
}

/** Pages that a source such as `3.3, pp. 166-167` names. */
function pagesOf(source: string): number[] {
  const pages: number[] = [];
  for (const [, list = ''] of source.matchAll(/\bpp?\.\s*(\d+(?:\s*(?:-|–|,|and)\s*\d+)*)/g)) {
    for (const [, first = '', last = first] of list.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)) {
      for (let page = Number(first); page <= Number(last); page += 1) pages.push(page);
    }
  }
  return pages;
}

function cites(reason: Reason, pages: readonly number[]): boolean {
  return pagesOf(reason.source).some((page) => pages.includes(page));
}

/** Whether one of these rests on one of the pages, and speaks of the thing. */
export function said(reasons: readonly Reason[], pages: readonly number[], thing: RegExp): boolean {
  return reasons.some((reason) => cites(reason, pages) && thing.test(reason.text));
}

/** All that a hop demands, in the order it is done. */
export function demandsOf(hop: UpgradeHop | undefined): Demand[] {
  return hop === undefined ? [] : [...hop.before, ...hop.during, ...hop.after];
}

/** Those that apply for certain. */
export function certain(demands: readonly Demand[]): Demand[] {
  return demands.filter((one) => one.certain);
}

/** The hop of a plan that goes to a release; fails when there is none. */
export function hopTo(plan: { readonly hops: readonly UpgradeHop[] }, to: string): UpgradeHop {
  const hop = plan.hops.find((one) => one.to === to);
  if (hop === undefined) throw new Error(`no hop to ${to} in ${shape(plan.hops).join('; ')}`);
  return hop;
}

/** A hop in one line. */
export function shape(hops: readonly UpgradeHop[]): string[] {
  return hops.map(({ kind, from, to }) => `${kind}: ${from} -> ${to}`);
}

/** Checks that a plan has just these hops, each for its reason. */
export function expectHops(hops: readonly UpgradeHop[], expected: readonly ExpectedHop[]): void {
  const lines = expected.map(({ hop: [kind, from, to] }) => `${kind}: ${from} -> ${to}`);
  expect(shape(hops)).toEqual(lines);
  expected.forEach(({ because, pages }, index) => {
    const reasons = hops[index]?.reasons ?? [];
    const forced = reasons.find(({ rule }) => rule === because);
    const ids = reasons.map(({ rule }) => rule).join(', ');
    expect(forced, `hop ${index + 1} is for ${because}, not for ${ids}`).toBeDefined();
    if (forced === undefined || pages === undefined) return;
    expect(cites(forced, pages), `${because} is said on p. ${pages.join(', ')}, not ${forced.source}`).toBe(
      true,
    );
  });
}

/** Plans, and checks that this is the path. */
export function expectPath(start: UpgradeStart, to: string, expected: readonly ExpectedHop[]): UpgradePlan {
  const plan = planUpgrade(start, { to });
  expect(plan.blockedBy).toEqual([]);
  expect(plan.reachable).toBe(true);
  expectHops(plan.hops, expected);
  return plan;
}

/** 6.7: how PostgreSQL is asked over SSL, from the start of the section to its last place. */
export const SSL_PAGES = [242, 243, 244, 245, 246, 247, 248, 249, 250];

/** A site of one node that lacks nothing and has nothing special. */
export function site(
  release: string,
  version: string,
  kind: PostgresKind = 'bundled',
  more: Partial<UpgradeStart> = {},
): UpgradeStart {
  return {
    release,
    patch: 'none',
    firstInstalled: release,
    postgres: { version, kind, remote: kind === 'managed' },
    persistence: 'shared',
    serviceAccount: 'user',
    ssl: false,
    nodes: 1,
    ...more,
  };
}

/** Machines, database and files that tell everything that a step depends on. */
export const MACHINE = {
  databases: ['QSR', 'SenseServices', 'QSMQ', 'Licenses'],
  passwordEncryption: 'md5',
  centralizedLogging: false,
  dotNet: '4.8',
  visualCpp: true,
  windows: 'Windows Server 2022',
  powerShell: '5.1',
  executionPolicy: 'RemoteSigned',
  pendingReboot: false,
  avx: true,
  freeBytes: 50e9,
  changedConfig: [],
  capabilitiesChanged: false,
  proxySettings: false,
} as const;

/** The same site, with fields that nobody knows. */
export function unknown(start: UpgradeStart, ...fields: readonly (keyof UpgradeStart)[]): UpgradeStart {
  const gone = new Set<string>(fields);
  const known = Object.entries(start).filter(([field]) => !gone.has(field));
  return { ...Object.fromEntries(known), release: start.release };
}

/** An upgrade for the sake of the goal itself. */
export function last(from: string, to: string): ExpectedHop {
  return { hop: ['upgrade', from, to], because: 'goal' };
}

/** 3.3, p. 165: 3.1 SR1 and earlier must upgrade to June 2017 before later releases. */
export function june2017(from: string): ExpectedHop {
  return { hop: ['upgrade', from, 'June 2017'], because: 'june-2017-first', pages: [165] };
}

/** 3.3, p. 166: February 2021 and later must upgrade to November 2020 first. */
export function november2020(from: string): ExpectedHop {
  return { hop: ['upgrade', from, 'November 2020'], because: 'november-2020-first', pages: [166] };
}

/** 2.6, p. 144: the installer of PostgreSQL wants February 2022 or later; May 2023 is the last that 9.6 does not stop. */
export function may2023ForQpi(from: string): ExpectedHop {
  return { hop: ['upgrade', from, 'May 2023'], because: 'qpi-release', pages: [144, 146] };
}

/** 3.3, pp. 166 and 167: a local 9.6 stops August 2023 and later; 2.6: the installer makes 14.17 of a bundled one. */
export const QPI_FROM_9_6: ExpectedHop = {
  hop: ['postgres-qpi', 'PostgreSQL 9.6', 'PostgreSQL 14.17'],
  because: 'postgres-9-6-blocks',
  pages: [166, 167],
};
