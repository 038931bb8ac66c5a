import { describe, expect, it } from 'vitest';
import type { Condition } from '../../../src/upgrade/condition.ts';
import { explainExitCode, INSTALLER_EXIT_CODES } from '../../../src/installers/exit-codes.ts';
import { releaseIndex } from '../../../src/upgrade/find-release.ts';
import { INSTALLER_CALLS } from '../../../src/installers/calls.ts';
import { knowledge } from '../../../src/upgrade/knowledge.ts';
import { MANUAL_TABLE } from '../../../src/upgrade/manual-table.ts';
import { POSTGRES_SUPPORT } from '../../../src/upgrade/postgres-support.ts';
import { RELEASES } from '../../../src/upgrade/releases.ts';
import { ADVICE_RULES } from '../../../src/upgrade/rules/advice.ts';
import { DEMAND_RULES } from '../../../src/upgrade/rules/demands.ts';
import { PATH_RULES } from '../../../src/upgrade/rules/path.ts';
import { WARNING_RULES } from '../../../src/upgrade/rules/warnings.ts';
import { WAYS_BACK } from '../../../src/upgrade/rules/ways-back.ts';
import { compareVersions } from '../../../src/upgrade/versions.ts';
import { MANUAL_SECTIONS } from '../../helpers/manual-sections.ts';

const rules = [
  ...PATH_RULES,
  ...ADVICE_RULES,
  ...DEMAND_RULES,
  ...WARNING_RULES,
  ...Object.values(WAYS_BACK),
];
const cited = [
  ...rules,
  ...RELEASES,
  ...POSTGRES_SUPPORT,
  ...INSTALLER_EXIT_CODES,
  ...INSTALLER_CALLS.flatMap((call) => call.arguments),
];
const conditions: readonly Condition[] = [
  ...PATH_RULES.flatMap(({ forbids }) => forbids),
  ...ADVICE_RULES.flatMap(({ against }) => against),
  ...DEMAND_RULES.flatMap(({ when }) => when),
  ...WARNING_RULES.flatMap(({ when }) => when),
];

function monthOf(name: string): number {
  const date = Date.parse(`1 ${name} UTC`);
  return /^3\./.test(name) ? 0 : date;
}

describe('the releases', () => {
  it('stand in order, each once, newest last', () => {
    const names = RELEASES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const dated = names.map(monthOf);
    expect(dated.every(Number.isFinite)).toBe(true);
    expect([...dated].sort((a, b) => a - b)).toEqual(dated);
    const old = names.filter((name) => name.startsWith('3.'));
    expect([...old].sort()).toEqual(old);
  });

  it('have builds in the same order', () => {
    const builds = RELEASES.flatMap(({ build }) => (build === undefined ? [] : [build]));
    expect(builds.length).toBeGreaterThan(15);
    expect([...builds].sort(compareVersions)).toEqual(builds);
    for (const { build, buildSource } of RELEASES)
      expect(build === undefined).toBe(buildSource === undefined);
  });

  it('never bring an older PostgreSQL than the one before', () => {
    const versions = RELEASES.map(({ postgres }) => postgres ?? '');
    expect([...versions].sort(compareVersions)).toEqual(versions);
  });
});

describe('the manual', () => {
  it('has every row of its table of older versions in rules, on the page where it stands', () => {
    expect(MANUAL_TABLE.map(({ versions, page }) => `${versions}, p. ${String(page)}`)).toEqual([
      '3.1 SR1 and earlier, p. 165',
      'June 2017 and later, p. 165',
      'September 2017 and later, p. 165',
      'November 2017 and later, p. 165',
      'February 2020 and later, p. 166',
      'February 2021 and later, p. 166',
      'February 2022 and later, p. 166',
      'August 2022 to May 2023, p. 166',
      'August 2023 to November 2024, p. 166',
      'May 2025 and later, p. 167',
    ]);
    for (const row of MANUAL_TABLE)
      for (const id of row.rules) {
        const sources = rules.filter((rule) => rule.id === id).map(({ source }) => source);
        expect(sources, id).not.toEqual([]);
        for (const source of sources) expect(source, id).toContain(`3.3, p. ${String(row.page)}`);
      }
  });

  it.each(cited.map((fact) => [fact.source]))('is cited with a page of that section: %s', (source) => {
    for (const [, section = '', page = ''] of source.matchAll(
      /(?<![\d.])(\d(?:\.\d+)?)(?: steps? \d+(?: (?:to|and) \d+)?)?, p\. (\d+)/g,
    )) {
      const [first, last] = MANUAL_SECTIONS[section] ?? [NaN, NaN];
      expect(first, `section ${section}`).not.toBeNaN();
      expect(Number(page) >= first && Number(page) <= last, `${section}, p. ${page}`).toBe(true);
    }
  });

  it('stands behind everything that is not marked as another source or as inference', () => {
    for (const { source, confidence } of [...rules, ...RELEASES, ...POSTGRES_SUPPORT])
      if (confidence === 'A') expect(source).toMatch(/^\d.*, p\. \d+/);
  });
});

describe('the rules', () => {
  it('have plain names', () => {
    for (const { id } of rules) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$|^[a-z]+$/);
  });

  it('mean one thing by a name', () => {
    const ids = [...PATH_RULES, ...ADVICE_RULES, ...WARNING_RULES].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const phases = new Map<string, Set<string>>();
    for (const { id, phase } of DEMAND_RULES) phases.set(id, (phases.get(id) ?? new Set()).add(phase));
    for (const [id, all] of phases) expect([...all], id).toHaveLength(1);
  });

  it('name releases that exist', () => {
    for (const condition of conditions) {
      const { fromBefore, fromSince, toBefore, toSince, goalSince, toPatch = {} } = condition;
      for (const name of [fromBefore, fromSince, toBefore, toSince, goalSince, ...Object.keys(toPatch)])
        if (name !== undefined) expect(() => releaseIndex(name)).not.toThrow();
    }
    for (const { leaves } of ADVICE_RULES)
      if (leaves !== undefined) expect(releaseIndex(leaves.toSince)).toBeGreaterThan(0);
    for (const { since, until } of POSTGRES_SUPPORT)
      expect(releaseIndex(since)).toBeLessThanOrEqual(releaseIndex(until ?? 'May 2025'));
  });

  it('begin with "If" what depends on something that may not be known', () => {
    for (const { id, when, ifUnknown } of DEMAND_RULES)
      expect(ifUnknown !== undefined, id).toBe(when.some(({ fact }) => fact !== undefined));
  });

  it('say of inference that it is, and list it for a person to check', () => {
    const listed = knowledge(true).groups.flatMap((group) => group.rules.map(({ id }) => id));
    expect(listed).toContain('standalone-target');
    expect(new Set(listed)).toEqual(
      new Set(rules.filter(({ confidence }) => confidence === 'C').map(({ id }) => id)),
    );
    expect(knowledge(false).groups.flatMap((group) => group.rules)).toHaveLength(rules.length);
  });
});

describe('the installers', () => {
  it('have the complete list of exit codes of the manual', () => {
    const small = Array.from({ length: 25 }, (_, index) => (index === 0 ? 0 : -index));
    expect(INSTALLER_EXIT_CODES.map(({ code }) => code)).toEqual([
      ...small,
      -1335,
      -1601,
      -1602,
      -1923,
      -7777,
    ]);
    for (const { meaning, remedy } of INSTALLER_EXIT_CODES) expect([meaning, remedy]).not.toContain('');
  });

  it.each([
    [-8, 'Pending reboot must be applied first'],
    [4_294_967_288, 'Pending reboot must be applied first'],
    [4_294_959_519, 'Unknown dark process exception'],
    [0, 'Success'],
  ])('explain %d as "%s"', (code, meaning) => {
    expect(explainExitCode(code)?.meaning).toBe(meaning);
  });

  it('leave a code that the manual does not have unexplained', () => {
    expect(explainExitCode(5)).toBeUndefined();
  });

  it('take arguments of their own mode alone', () => {
    const names = (mode: string) =>
      INSTALLER_CALLS.find((call) => call.mode === mode)?.arguments.map(({ name }) => name) ?? [];
    expect(names('install')).toContain('spc');
    expect(names('upgrade')).not.toContain('spc');
    expect(names('upgrade')).toContain('keepcurrentsettings');
    expect(names('install')).not.toContain('keepcurrentsettings');
    expect(names('install-from-dump')).toEqual(['databasedumpfile']);
    expect(names('repair')).not.toContain('accepteula');
    expect(names('postgres-upgrade')).toEqual(expect.arrayContaining(['acceptqca', 'dbbackuppath']));
    expect(names('postgres-upgrade')).not.toContain('iprange');
  });
});
