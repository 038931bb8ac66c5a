import { signature } from './alternatives.ts';
import { holds } from './condition.ts';
import { DETAIL_QUESTIONS, FACT_QUESTIONS } from './fact-questions.ts';
import type { Fact } from './facts.ts';
import { releaseIndex } from './find-release.ts';
import { findRoute, type Route } from './route.ts';
import { DEMAND_RULES } from './rules/demands.ts';
import type { Move } from './moves.ts';
import { PATH_RULES } from './rules/path.ts';
import type { PlanOptions, PostgresStart, Question, UpgradeGoal, UpgradeStart } from './types.ts';

/** An answer that can change the path. */
interface PathQuestion {
  readonly field: string;
  readonly ask: string;
  readonly how: string;
  readonly assumed: (route: Route) => string;
  /** Undefined when the answer is known. */
  readonly answers: (route: Route) => readonly { words: string; start: Partial<UpgradeStart> }[] | undefined;
  /** Asked also when no answer changes the hops. */
  readonly always: boolean;
}

const PATH_QUESTIONS: readonly PathQuestion[] = [
  {
    field: 'patch',
    ask: 'Which patch is installed, if any?',
    how: '--from "RELEASE Patch N", or --patch none',
    assumed: () => 'that there may be one',
    answers: ({ start }) =>
      start.assumed.has('patch')
        ? [
            { words: 'none', start: { patch: 'none' } },
            { words: 'a patch', start: { patch: 1 } },
          ]
        : undefined,
    always: false,
  },
  {
    field: 'postgres.version',
    ask: 'Which version of PostgreSQL does the site use?',
    how: '--postgres VERSION',
    assumed: ({ start }) => `${start.state.postgres.version}, the oldest that can be there`,
    answers: (route) =>
      route.start.assumed.has('postgres.version')
        ? [
            ...['9.6', '12.5', '14.17']
              .filter((version) => canBe(version, route))
              .map((version) => ({ words: version, start: { postgres: { ...postgresOf(route), version } } })),
            ...ownServer(route),
          ]
        : undefined,
    always: true,
  },
  {
    field: 'postgres.kind',
    ask: 'Where does PostgreSQL come from: bundled with Qlik Sense, the Qlik PostgreSQL Installer, a server of your own, the cloud?',
    how: '--postgres-kind bundled|qpi|standalone|managed',
    assumed: () => 'bundled',
    answers: (route) =>
      route.start.assumed.has('postgres.kind')
        ? (['standalone', 'managed'] as const).map((kind) => ({
            words: kind,
            start: { postgres: { version: route.start.state.postgres.version, kind } },
          }))
        : undefined,
    always: true,
  },
];

const ASSUMED = 'nothing; steps that depend on it begin with "If"';

/**
 * The answers that a plan needs. `path` is the plan's; what another answer would change is told of the cheapest path, since that is the
 * one that another answer gives.
 */
export function openQuestions(
  route: Route,
  path: readonly Move[] | undefined,
  goal: UpgradeGoal,
  options: PlanOptions,
): Question[] {
  if (path?.length === 0) return [];
  const asked = { ...route, path: [...(path ?? [])] };
  return [
    ...PATH_QUESTIONS.flatMap((question) => askOfPath(question, route, goal, options)),
    ...FACT_QUESTIONS.filter(({ fact }) => isOpen(fact, asked)).map(({ fact: _, ...question }) => ({
      assumed: ASSUMED,
      ...question,
    })),
    ...DETAIL_QUESTIONS.filter(({ fact }) => isOpen(fact, asked)).map(({ fact: _, ...question }) => ({
      ...question,
      assumed: ASSUMED,
      otherwise: [],
      detail: true as const,
    })),
  ];
}

function askOfPath(
  question: PathQuestion,
  route: Route,
  goal: UpgradeGoal,
  options: PlanOptions,
): Question[] {
  const answers = question.answers(route);
  if (answers === undefined) return [];
  const otherwise = answers.flatMap(({ words, start }) => {
    const { path } = findRoute({ ...route.start.given, ...start }, goal, options);
    const effect = difference(route.path?.length, path?.length);
    const same = pathText(path) === pathText(route.path);
    return same ? [] : [{ answer: words, effect }];
  });
  if (otherwise.length === 0 && !(question.always && concernsPostgres(route))) return [];
  const { field, ask, how } = question;
  return [{ field, ask, how, assumed: question.assumed(route), otherwise }];
}

function concernsPostgres({ path = [] }: Route): boolean {
  return path.some(({ kind }) => kind !== 'patch' && kind !== 'uninstall-patch');
}

function pathText(path: Route['path']): string {
  return path === undefined ? '' : signature(path);
}

function difference(hops: number | undefined, other: number | undefined): string {
  if (other === undefined) return 'no path';
  const count = `${String(other)} ${other === 1 ? 'hop' : 'hops'}`;
  if (hops === undefined) return `a path of ${count}`;
  return hops === other ? `other hops, as many (${count})` : `${count} instead of ${String(hops)}`;
}

function isOpen(fact: Fact, { path = [], context: { facts, goal } }: Route): boolean {
  const conditions = [
    ...DEMAND_RULES.flatMap(({ when }) => when),
    ...PATH_RULES.flatMap(({ forbids }) => forbids),
  ];
  return path.some((move) =>
    conditions.some(
      (condition) => condition.fact === fact && holds(condition, move, facts, goal.release) === 'unknown',
    ),
  );
}

/** Versions that a site of that release can have: 12.5 and 14 came later than the release otherwise. */
function canBe(version: string, { start: { state } }: Route): boolean {
  if (version === state.postgres.version) return false;
  if (version === '9.6')
    return (
      state.release >= releaseIndex('June 2017') &&
      (state.postgres.remote || state.release < releaseIndex('August 2023'))
    );
  if (version === '12.5') return state.release >= releaseIndex('May 2021');
  return state.release >= releaseIndex('February 2022');
}

/** A server of one's own can be of any supported version (3.3, p. 168); told where no newer one came with Qlik Sense. */
function ownServer(route: Route): { words: string; start: Partial<UpgradeStart> }[] {
  if (!route.start.assumed.has('postgres.kind') || canBe('12.5', route)) return [];
  const postgres = { ...postgresOf(route), version: '12', kind: 'standalone' } as const;
  return [{ words: "12 or later, on a server of one's own", start: { postgres } }];
}

function postgresOf({ start }: Route): PostgresStart {
  return start.given.postgres ?? {};
}
