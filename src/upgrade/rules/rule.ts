import type { Condition } from '../condition.ts';
import type { Confidence, Demand } from '../types.ts';

/** What every rule has: an id, a plain sentence, and where it comes from. */
export interface CitedRule {
  /** Kebab-case. */
  readonly id: string;
  readonly text: string;
  /** `3.3, p. 166` for Qlik's manual. */
  readonly source: string;
  readonly confidence: Confidence;
}

/** A rule about paths: no move that one of `forbids` holds for. */
export interface PathRule extends CitedRule {
  readonly forbids: readonly Condition[];
  /** What would open the way where this rule closes it. */
  readonly opens: string;
}

/** Advice: forbids nothing, and gives a recommended alternative where the path does not follow it. */
export interface AdviceRule extends CitedRule {
  /** Moves that the advice is against. */
  readonly against: readonly Condition[];
  /** Versions of PostgreSQL that should not be left at the end, by major version, for a goal since `toSince`. */
  readonly leaves?: { readonly postgres: readonly string[]; readonly toSince: string };
  /** A few words for the alternative. */
  readonly title: string;
}

/** Something that a hop demands, in one of its three phases. */
export interface DemandRule extends CitedRule {
  readonly phase: 'before' | 'during' | 'after';
  readonly by: Demand['by'];
  readonly on: Demand['on'];
  /** Any of these. */
  readonly when: readonly Condition[];
  /** Begins the sentence where a fact is not known: `If PostgreSQL is asked over SSL`. */
  readonly ifUnknown?: string;
}

/** Something to know about a move, that nothing has to be done about. */
export interface WarningRule extends CitedRule {
  readonly when: readonly Condition[];
}
