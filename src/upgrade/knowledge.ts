import { INSTALLER_EXIT_CODES, type InstallerExitCode } from '../installers/exit-codes.ts';
import { INSTALLER_CALLS, type InstallerCall } from '../installers/calls.ts';
import { POSTGRES_SUPPORT, type PostgresSupport } from './postgres-support.ts';
import { ADVICE_RULES } from './rules/advice.ts';
import { DEMAND_RULES } from './rules/demands.ts';
import { PATH_RULES } from './rules/path.ts';
import type { CitedRule } from './rules/rule.ts';
import { WARNING_RULES } from './rules/warnings.ts';
import { WAYS_BACK } from './rules/ways-back.ts';

/** Rules of one kind. */
interface RuleGroup {
  readonly title: string;
  readonly rules: readonly CitedRule[];
}

/** What plans are made of besides the releases. */
export interface Knowledge {
  readonly groups: readonly RuleGroup[];
  readonly postgres: readonly PostgresSupport[];
  readonly exitCodes: readonly InstallerExitCode[];
  readonly installers: readonly InstallerCall[];
}

/** Everything, or only rules and facts that are inference. */
export function knowledge(inference: boolean): Knowledge {
  const wanted = <T extends Pick<CitedRule, 'confidence'>>(all: readonly T[]): T[] =>
    inference ? all.filter(({ confidence }) => confidence === 'C') : [...all];
  return {
    groups: [
      { title: 'Rules that close a way', rules: wanted(PATH_RULES) },
      { title: 'Advice', rules: wanted(ADVICE_RULES) },
      ...(['before', 'during', 'after'] as const).map((phase) => ({
        title: `Demands ${phase} a hop`,
        rules: wanted(DEMAND_RULES.filter((rule) => rule.phase === phase)),
      })),
      { title: 'Warnings', rules: wanted(WARNING_RULES) },
      { title: 'Ways back', rules: wanted(Object.values(WAYS_BACK)) },
    ].map(({ title, rules }) => ({ title, rules: rules.map(bare) })),
    postgres: wanted(POSTGRES_SUPPORT),
    exitCodes: inference ? [] : INSTALLER_EXIT_CODES,
    installers: inference ? [] : INSTALLER_CALLS,
  };
}

function bare({ id, text, source, confidence }: CitedRule): CitedRule {
  return { id, text, source, confidence };
}
