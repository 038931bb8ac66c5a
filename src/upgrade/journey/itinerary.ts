import type { UpgradeHop, UpgradePlan } from '../types.ts';
import { BACKUP_PARAM, HOP_RUNBOOKS, SAFETY_BACKUP } from './hop-runbooks.ts';
import { findMedium } from './media.ts';
import {
  checkSettings,
  settingsOfBackup,
  settingsOfHop,
  type RunbookParam,
  type RunbookParams,
  type Settings,
} from './settings.ts';

/** One hop made ready: what would be run, and what is missing for it. */
export interface Stop {
  readonly number: number;
  readonly hop: UpgradeHop;
  readonly runbook: string;
  /** All but the backup set, which is made when its turn comes. */
  readonly params: Readonly<Record<string, string>>;
  /** Names of parameters that are secret. */
  readonly secrets: readonly string[];
  /** The safety backup before it; absent where the run makes the set itself. */
  readonly backup?: { readonly runbook: string; readonly params: Readonly<Record<string, string>> };
  readonly missing: readonly string[];
  /** Parameters that it cannot do without, and that nobody has given; each is among `missing`, too. */
  readonly lacking: readonly RunbookParam[];
}

/** Every hop made ready. Looks at the folder of media; @throws UsageError for a setting that no hop takes */
export async function prepareStops(
  plan: Pick<UpgradePlan, 'hops'>,
  answers: { readonly media?: string | undefined; readonly settings: Settings },
  known: RunbookParams,
  signal: AbortSignal,
): Promise<Stop[]> {
  checkSettings(answers.settings, plan.hops, known);
  const backup = {
    runbook: SAFETY_BACKUP.runbook,
    params: { ...settingsOfBackup(answers.settings), ...SAFETY_BACKUP.params },
  };
  const stops: Stop[] = [];
  for (const [index, hop] of plan.hops.entries())
    stops.push({
      ...(await prepareStop({ hop, number: index + 1, next: plan.hops[index + 1] }, answers, known, signal)),
      ...(HOP_RUNBOOKS[hop.kind].backsUpItself === true ? {} : { backup }),
    });
  return stops;
}

async function prepareStop(
  {
    hop,
    number,
    next,
  }: { readonly hop: UpgradeHop; readonly number: number; readonly next: UpgradeHop | undefined },
  { media, settings }: { readonly media?: string | undefined; readonly settings: Settings },
  known: RunbookParams,
  signal: AbortSignal,
): Promise<Omit<Stop, 'backup'>> {
  const { runbook, params, medium, licence } = HOP_RUNBOOKS[hop.kind];
  const declared = known.get(runbook);
  const given = settingsOfHop(hop, number, settings, known);
  const found =
    medium !== undefined && Object.hasOwn(given, medium.param)
      ? { problems: [] }
      : await findMedium(hop, media, signal);
  const all = {
    ...params(hop, next),
    ...('medium' in found && found.medium !== undefined
      ? {
          [found.medium.param]: found.medium.file,
          ...(found.medium.sha256 === undefined ? {} : { sha256: found.medium.sha256 }),
        }
      : {}),
    ...(licence === undefined ? {} : { [licence]: 'true' }),
    ...given,
  };
  const told = new Set([...Object.keys(all), BACKUP_PARAM, medium?.param]);
  const lacking = (declared ?? []).filter(({ name, required }) => required && !told.has(name));
  return {
    number,
    hop,
    runbook,
    params: all,
    secrets: declared?.filter(({ secret }) => secret).map(({ name }) => name) ?? [],
    missing: [
      ...(declared === undefined ? [`this version of the tool has no runbook "${runbook}"`] : []),
      ...found.problems,
      ...lacking.map(({ name, description }) =>
        [`--set ${String(number)}.${name}=VALUE: ${runbook} needs it`, description ?? []].flat().join('. '),
      ),
    ],
    lacking,
  };
}

/** The hops for which the vendor's licence has to be accepted. */
export function licensedHops(hops: readonly UpgradeHop[]): UpgradeHop[] {
  return hops.filter(({ kind }) => HOP_RUNBOOKS[kind].licence !== undefined);
}
