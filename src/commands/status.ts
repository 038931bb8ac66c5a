import type { Command } from 'commander';
import { ExpectedError, UsageError, type ExitCode } from '../contract/errors.ts';
import { formatDuration } from '../foundation/human.ts';
import type { RunSummary } from '../engine/types.ts';
import { mayBeDown, unfinishedText } from '../report/runs-text.ts';
import { parseDuration } from '../foundation/measures.ts';
import { journeyText } from '../upgrade/journey/journey-line.ts';
import type { JourneyRecord } from '../upgrade/journey/record.ts';
import type { CommandContext, SetSummary, WatchedSite } from './context.ts';
import { doneExitCode, worstExitCode } from './exit-codes.ts';
import { writeJson } from './open.ts';
import type { Act } from './act.ts';
import { copyText, copyWarning } from '../report/copies-text.ts';
import { newestComplete } from '../vault/newest-complete.ts';

/** Certificates are named this long before they expire. */
const EXPIRY_WARNING_MS = 30 * 24 * 60 * 60 * 1000;

/** A clock may be corrected by this much. */
const CLOCK_TOLERANCE_MS = 60_000;

/** `status`: a probe for monitoring. */
export function declareStatus(program: Command, act: Act): void {
  program
    .command('status')
    .description('for monitoring: last good backup, last proven one, unfinished runs, certificates')
    .option('--max-age <age>', 'oldest that the last good backup may be, for example 26h or 2d', '26h')
    .option('--proven-within <age>', 'oldest that the last drill that passed may be, for example 7d')
    .action((flags: StatusFlags) => act((context) => showStatus(context, flags)));
}

interface StatusFlags {
  readonly maxAge: string;
  readonly provenWithin?: string;
}

async function showStatus(context: CommandContext, flags: StatusFlags): Promise<ExitCode> {
  const { maxAge, provenWithin } = flags;
  const maxAgeMs = limitOf('--max-age', maxAge);
  const provenWithinMs = provenWithin === undefined ? undefined : limitOf('--proven-within', provenWithin);
  const site = await context.watchSite();
  const now = context.clock.now();
  const sets = await site.sets();
  const last = newestComplete(sets);
  const copies = await site.copies(sets);
  const backup = ageOf(last?.createdAt, now, maxAgeMs);
  const proven = lastProven(sets);
  const proof = ageOf(proven?.provenAt, now, provenWithinMs);
  // Without the flag it is only told.
  const unproven = provenWithinMs !== undefined && proof.tooOld;
  const { tooOld } = backup;
  const unfinished = await site.unfinished();
  const { found, warnings } = await site.certificates();
  const expiring = found.filter(
    (certificate) => Date.parse(certificate.notAfter) - now.getTime() < EXPIRY_WARNING_MS,
  );
  const allWarnings = [
    ...site.warnings,
    ...warnings,
    ...copies.flatMap((copy) => copyWarning(copy) ?? []),
    ...expiring.map(
      ({ node, subject, notAfter }) =>
        `certificate ${subject} on ${node} ${Date.parse(notAfter) < now.getTime() ? 'expired' : 'expires'} ${notAfter.slice(0, 10)}`,
    ),
  ];
  const { journey, trouble } = await journeyOf(site);
  if (trouble !== undefined) allWarnings.push(trouble);
  const waiting = unfinished !== undefined && unfinished.outcome !== 'running';
  if (context.flags.json)
    writeJson(context, {
      schemaVersion: 1,
      site: site.name,
      lastBackup: last ?? null,
      ageMs: backup.ageMs ?? null,
      maxAgeMs,
      tooOld,
      lastProven: proven === undefined ? null : { set: proven.id, at: proven.provenAt },
      provenAgeMs: proof.ageMs ?? null,
      provenWithinMs: provenWithinMs ?? null,
      provenTooOld: provenWithinMs === undefined ? null : proof.tooOld,
      unfinished: unfinished ?? null,
      upgrade: journey ?? null,
      copies,
      certificates: expiring,
      warnings: allWarnings,
    });
  else {
    const lines = [
      last === undefined
        ? `TOO OLD  no complete backup set of ${site.name} yet`
        : `${tooOld ? 'TOO OLD' : 'ok     '}  last good backup ${last.id}, ${ageText(backup, last.createdAt, maxAge)}`,
      proven?.provenAt === undefined
        ? `${unproven ? 'TOO OLD' : 'note   '}  no set was proven restorable by a drill yet`
        : `${unproven ? 'TOO OLD' : 'ok     '}  last proven restorable ${proven.id}, ${ageText(proof, proven.provenAt, provenWithin)}`,
      ...(unfinished === undefined
        ? ['ok       no unfinished run']
        : [`${unfinishedColumn(unfinished)}  ${unfinishedText(unfinished)}`]),
      ...(journey === undefined ? [] : [`note     ${journeyText(journey)}`]),
      ...copies.filter((copy) => copyWarning(copy) === undefined).map((copy) => `ok       ${copyText(copy)}`),
      ...allWarnings.map((warning) => `warning  ${warning}`),
    ];
    context.output.out(`${lines.join('\n')}\n`);
  }
  return worstExitCode([
    ...(tooOld || unproven ? [5 as const] : []),
    ...(waiting ? [isDown(unfinished) ? (7 as const) : (6 as const)] : []),
    doneExitCode(context.flags.strict, allWarnings),
  ]);
}

/** The upgrade that is unfinished; between two of its hops the site is up, so that it is no fault. */
async function journeyOf(site: WatchedSite): Promise<{ journey?: JourneyRecord; trouble?: string }> {
  try {
    const journey = await site.journey();
    return journey?.state === 'unfinished' ? { journey } : {};
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { trouble: error.message };
  }
}

/** @throws UsageError when the flag's value is no duration. */
function limitOf(flag: string, text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new UsageError(`${flag} ${text} is not a duration`, { hint: 'For example: 26h, 90m or 2d.' });
}

/** How old something is. `tooOld` also when it never was, and when its time is in the future. */
interface Age {
  readonly ageMs: number | undefined;
  readonly fromFuture: boolean;
  readonly tooOld: boolean;
}

/** `limitMs` undefined: no age is too old. */
function ageOf(time: string | undefined, now: Date, limitMs = Number.POSITIVE_INFINITY): Age {
  const ageMs = time === undefined ? undefined : now.getTime() - Date.parse(time);
  // Written while the clock was wrong, or it is wrong now: how old it is nobody knows.
  const fromFuture = ageMs !== undefined && ageMs < -CLOCK_TOLERANCE_MS;
  return { ageMs, fromFuture, tooOld: ageMs === undefined || fromFuture || ageMs > limitMs };
}

function ageText({ ageMs = 0, fromFuture }: Age, time: string, limit: string | undefined): string {
  if (fromFuture) return `its time is in the future (${time}): look at the clock`;
  return `${formatDuration(ageMs)} old${limit === undefined ? '' : ` (limit ${limit})`}`;
}

/** The set that a drill restored last; it need not be the newest one. */
function lastProven(sets: readonly SetSummary[]): SetSummary | undefined {
  return sets
    .filter(({ provenAt }) => provenAt !== undefined)
    .sort((a, b) => Date.parse(a.provenAt ?? '') - Date.parse(b.provenAt ?? ''))
    .at(-1);
}

/** Known to be down, not only cut off: a start failed, and nothing has put that right since. */
function isDown(run: RunSummary): boolean {
  return run.outcome !== 'lost' && mayBeDown(run);
}

/** What monitoring should make of an unfinished run; seven characters. */
function unfinishedColumn(run: RunSummary): string {
  if (mayBeDown(run)) return isDown(run) ? 'DOWN   ' : 'DOWN?  ';
  return run.outcome === 'running' ? 'ok     ' : 'WAITS  ';
}
