import { formatCount } from '../foundation/human.ts';
import type {
  AlternativePath,
  Demand,
  HopKind,
  HopState,
  Reason,
  UpgradeHop,
  UpgradePlan,
} from '../upgrade/types.ts';

const KIND_WORDS: Readonly<Record<HopKind, string>> = {
  upgrade: 'Upgrade Qlik Sense',
  'uninstall-patch': 'Uninstall all patches',
  patch: 'Install the patch',
  'postgres-qpi': 'Qlik PostgreSQL Installer',
  'postgres-standalone': 'Move PostgreSQL by dump and restore',
  'upgrade-after-uninstall': 'Install over the kept database',
};

const BY_WORDS: Readonly<Record<Demand['by'], string>> = {
  human: 'you',
  tool: 'to do',
  check: 'to check',
};

const ON_WORDS: Readonly<Record<Demand['on'], string>> = {
  central: 'central node',
  rims: 'each rim node',
  all: 'every node',
  database: 'database',
  site: 'site',
};

/** `Upgrade Qlik Sense: November 2020 -> May 2023`, with the PostgreSQL that setup itself brings to another version. */
export function hopTitle({
  kind,
  from,
  to,
  stateBefore,
  stateAfter,
}: Pick<UpgradeHop, 'kind' | 'from' | 'to'> &
  Partial<Pick<UpgradeHop, 'stateBefore' | 'stateAfter'>>): string {
  // Which patch it is nobody knows, nor whether there is one.
  if (from === to && kind === 'uninstall-patch') return `${KIND_WORDS[kind]}: ${from}, if it has any`;
  const [before, after] = [stateBefore?.postgres.version, stateAfter?.postgres.version];
  const postgres =
    before === after || kind === 'postgres-qpi' || kind === 'postgres-standalone'
      ? ''
      : `, PostgreSQL ${before ?? ''} -> ${after ?? ''} with it`;
  return `${KIND_WORDS[kind]}: ${from} -> ${to}${postgres}`;
}

/** First words of every form of a plan. */
export function planTitle({ from, to }: UpgradePlan): string {
  return `Upgrade plan: ${from} -> ${to}`;
}

/** How the plan ends, in one or two sentences. */
export function planSummary({ reachable, from, to, hops, downtime, chosen }: UpgradePlan): string {
  if (!reachable) return `There is no path from ${from} to ${to}.`;
  if (hops.length === 0) return `The site is at ${to}: there is nothing to do.`;
  const choice = chosen === undefined ? '' : `Chosen instead of the cheapest path: ${chosen.title}. `;
  return `${choice}${formatCount(hops.length, 'hop')}. The site is down for ${downtime.text} in all (${downtime.basis}).`;
}

/** Where a fact comes from, with a mark when it is inference. */
export function sourceText({ source, confidence }: Pick<Reason, 'source' | 'confidence'>): string {
  return confidence === 'C' ? `inference; ${source}` : source;
}

/** A sentence with its source: `... (3.3, p. 166)`. */
export function cited(reason: Pick<Reason, 'text' | 'source' | 'confidence'>): string {
  return `${reason.text} (${sourceText(reason)})`;
}

/** `you, every node`: a person's, something to do that can be done for one, or something to look at. */
export function demandPlace({ by, on }: Pick<Demand, 'by' | 'on'>): string {
  return `${BY_WORDS[by]}, ${ON_WORDS[on]}`;
}

/** The phases of a hop that ask for something. */
export function hopPhases(hop: UpgradeHop): { title: string; demands: readonly Demand[] }[] {
  return [
    { title: 'Before', demands: hop.before },
    { title: 'During', demands: hop.during },
    { title: 'After', demands: hop.after },
  ].filter(({ demands }) => demands.length > 0);
}

/** `After "..." only a restore of the backup leads back.` */
export function noReturnText({ pointOfNoReturn }: UpgradeHop): string | undefined {
  return pointOfNoReturn === null ? undefined : `No other way back once ${pointOfNoReturn}.`;
}

/** `Recommended: February 2021 after November 2020` */
export function alternativeTitle({ recommended, title }: AlternativePath): string {
  return recommended ? `Recommended: ${title}` : `Another way: ${title}`;
}

/** `4 hops, about 3 h: November 2020, February 2021, PostgreSQL 14.17, May 2025`. */
export function alternativeText({ hops, downtime }: AlternativePath): string {
  const stops = hops.map(({ kind, to }) => (kind === 'uninstall-patch' ? `${to} without patches` : to));
  return `${formatCount(hops.length, 'hop')}, ${downtime.text}: ${stops.join(', ')}.`;
}

/** How an alternative becomes the plan; undefined in a plan that is chosen, whose alternatives have other numbers. */
export function takeText(
  { alternatives, chosen }: Pick<UpgradePlan, 'alternatives' | 'chosen'>,
  index: number,
): string | undefined {
  if (chosen !== undefined) return undefined;
  const recommended = alternatives.filter((one) => one.recommended).length;
  const all = recommended > 1 && index < recommended ? ', all that is recommended with --follow-advice' : '';
  return `Take it with --alternative ${String(index + 1)}${all}.`;
}

/** What stands in the first box of a path: `August 2022 Patch 5` and `PostgreSQL 9.6 bundled`. */
export function stateLines({ release, patch, postgres, uninstalled }: HopState): [string, string] {
  const name = typeof patch === 'number' ? `${release} Patch ${String(patch)}` : release;
  const where = postgres.remote ? `${postgres.kind}, remote` : postgres.kind;
  return [uninstalled ? `${name} (uninstalled)` : name, `PostgreSQL ${postgres.version} ${where}`];
}
