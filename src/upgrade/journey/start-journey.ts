import { PreflightError } from '../../contract/errors.ts';
import type { UpgradePlan } from '../types.ts';
import { foreseeApproval } from './approval.ts';
import { HOP_RUNBOOKS, SAFETY_BACKUP } from './hop-runbooks.ts';
import { prepareStops, type Stop } from './itinerary.ts';
import { acceptLicence } from './licence.ts';
import { newRecord, standingOf, type Standing } from './open-journey.ts';
import type { SavedUpgradePlan } from './plan-file.ts';
import type { JourneyCollaborators, UpgradeSide } from './ports.ts';
import type { JourneyRecord } from './record.ts';
import { withoutSecrets, type RunbookParams, type Settings } from './settings.ts';

/** What was given with the command. */
export interface GivenAnswers {
  /** Absolute path of the plan file. */
  readonly file: string;
  readonly media?: string;
  readonly settings: Settings;
}

/** A journey looked at before anything is done. */
export interface Outlook {
  readonly standing: Standing;
  readonly stops: readonly Stop[];
  readonly answers: JourneyRecord['answers'];
}

/** Reads the record and makes every hop ready, with what was answered before where nothing is said now. Only looks. */
export async function lookAhead(
  saved: SavedUpgradePlan,
  given: GivenAnswers,
  side: UpgradeSide,
  signal: AbortSignal,
): Promise<Outlook> {
  const standing = await standingOf(saved, await side.store.read(), () => side.sight(signal));
  const before = standing.is === 'begun' ? standing.record.answers : undefined;
  const media = given.media ?? before?.media;
  const settings = { ...before?.settings, ...given.settings };
  const known = await paramsOf(saved.plan, side);
  const stops = await prepareStops(saved.plan, { media, settings }, known, signal);
  return {
    standing,
    stops,
    answers: {
      ...(media === undefined ? {} : { media }),
      settings: withoutSecrets(settings, saved.plan.hops, known),
    },
  };
}

/**
 * Makes the record of a journey, or opens the one that is there, once nothing is missing and the licence is accepted.
 * @throws PreflightError with everything that is missing for any hop that is not done; ConfirmationError
 */
export async function startJourney(
  saved: SavedUpgradePlan,
  { standing, stops, answers }: Outlook,
  given: { readonly file: string; readonly tool: string; readonly acceptEula: boolean },
  c: Pick<JourneyCollaborators, 'side' | 'clock' | 'site' | 'canAsk' | 'confirm' | 'options'>,
): Promise<JourneyRecord> {
  const begun = standing.is === 'begun' ? standing.record : undefined;
  const ahead = stops.filter((_stop, at) => begun?.hops[at]?.state !== 'done');
  refuseMissing(ahead);
  foreseeApproval(ahead, c);
  const licence =
    begun?.licence ??
    (await acceptLicence(
      ahead.map(({ hop }) => hop),
      given.acceptEula,
      c,
    ));
  const record =
    begun ??
    newRecord(saved, {
      file: given.file,
      tool: given.tool,
      startedAt: c.clock.now().toISOString(),
      answers,
    });
  if (standing.is === 'new' && standing.aside !== undefined) await c.side.store.putAside(standing.aside);
  const opened: JourneyRecord = {
    ...record,
    plan: { ...record.plan, file: given.file },
    answers,
    ...(licence === undefined ? {} : { licence }),
  };
  await c.side.store.write(opened);
  return opened;
}

/** What is missing for a list of hops, one line each. */
export function missingLines(stops: readonly Stop[]): string[] {
  return stops.flatMap(({ number, missing }) => missing.map((text) => `hop ${String(number)}: ${text}`));
}

function refuseMissing(stops: readonly Stop[]): void {
  const lines = missingLines(stops);
  if (lines.length === 0) return;
  throw new PreflightError(
    ['not everything that the upgrade takes is there:', ...lines.map((line) => `  ${line}`)].join('\n'),
    { hint: '--dry-run prints every hop with what it takes.' },
  );
}

async function paramsOf({ hops }: Pick<UpgradePlan, 'hops'>, side: UpgradeSide): Promise<RunbookParams> {
  const names = new Set([SAFETY_BACKUP.runbook, ...hops.map(({ kind }) => HOP_RUNBOOKS[kind].runbook)]);
  const known = new Map<string, NonNullable<Awaited<ReturnType<UpgradeSide['params']>>>>();
  for (const name of names) {
    const params = await side.params(name);
    if (params !== undefined) known.set(name, params);
  }
  return known;
}
