import type { Fact } from './facts.ts';
import { releaseIndex } from './find-release.ts';
import { compareVersions } from './versions.ts';
import type { Move } from './moves.ts';
import type { HopKind, PostgresKind } from './types.ts';

/** When a rule applies to a move; all that is given must hold. Release names are those of the table. */
export interface Condition {
  readonly kinds?: readonly HopKind[];
  /** The release before the move is older than this. */
  readonly fromBefore?: string;
  readonly fromSince?: string;
  /** The release after the move is older than this. */
  readonly toBefore?: string;
  /** The release after the move is this or a later one. */
  readonly toSince?: string;
  /** The goal is this release or a later one. */
  readonly goalSince?: string;
  /** The release before the move is older than the goal. */
  readonly beforeGoal?: true;
  /** The release before the move is the goal's. */
  readonly atGoal?: true;
  /** The release after the move is one of these, and its patch that number or a later one. */
  readonly toPatch?: Readonly<Record<string, number>>;
  /** PostgreSQL before the move is older than this version. */
  readonly postgresBelow?: string;
  readonly postgresSince?: string;
  readonly postgresKinds?: readonly PostgresKind[];
  readonly postgresRemote?: boolean;
  /** A patch is installed before the move, or may be. */
  readonly patched?: true;
  /** What must be known, or not known to be false, of the site. */
  readonly fact?: Fact;
}

/** `unknown`: it depends on a fact that is not known. */
export type Answer = 'yes' | 'no' | 'unknown';

/** What is known of the site's facts. */
export type Facts = Readonly<Record<Fact, Answer>>;

/** A condition against a move to `goal` (place of the goal's release). */
export function holds(condition: Condition, move: Move, facts: Facts, goal: number): Answer {
  if (!fits(condition, move, goal)) return 'no';
  return condition.fact === undefined ? 'yes' : facts[condition.fact];
}

/** The part of a condition that speaks of the move alone. */
function fits(condition: Condition, { kind, before, after }: Move, goal: number): boolean {
  const { postgres } = before;
  return (
    (condition.kinds?.includes(kind) ?? true) &&
    (condition.fromBefore === undefined || before.release < releaseIndex(condition.fromBefore)) &&
    (condition.fromSince === undefined || before.release >= releaseIndex(condition.fromSince)) &&
    (condition.toBefore === undefined || after.release < releaseIndex(condition.toBefore)) &&
    (condition.toSince === undefined || after.release >= releaseIndex(condition.toSince)) &&
    (condition.goalSince === undefined || goal >= releaseIndex(condition.goalSince)) &&
    (condition.beforeGoal === undefined || before.release < goal) &&
    (condition.atGoal === undefined || before.release === goal) &&
    (condition.patched === undefined || before.patch !== 'none') &&
    (condition.postgresKinds?.includes(postgres.kind) ?? true) &&
    (condition.postgresRemote === undefined || postgres.remote === condition.postgresRemote) &&
    (condition.postgresBelow === undefined ||
      compareVersions(postgres.version, condition.postgresBelow) < 0) &&
    (condition.postgresSince === undefined ||
      compareVersions(postgres.version, condition.postgresSince) >= 0) &&
    (condition.toPatch === undefined || patchReached(condition.toPatch, after.release, after.patch))
  );
}

function patchReached(
  first: Readonly<Record<string, number>>,
  release: number,
  patch: Move['after']['patch'],
): boolean {
  return Object.entries(first).some(
    ([name, number]) => typeof patch === 'number' && releaseIndex(name) === release && patch >= number,
  );
}
