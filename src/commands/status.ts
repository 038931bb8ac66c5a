import type { Command } from 'commander';
import { UsageError, type ExitCode } from '../contract/errors.ts';
import { formatDuration } from '../foundation/human.ts';
import type { RunSummary } from '../engine/types.ts';
import { mayBeDown, unfinishedText } from '../report/runs-text.ts';
import { parseDuration } from '../foundation/measures.ts';
import type { CommandContext } from './context.ts';
import { doneExitCode, worstExitCode } from './exit-codes.ts';
import { writeJson } from './open.ts';
import type { Act } from './act.ts';
import { newestComplete } from '../vault/sets.ts';

/** Certificates are named this long before they expire. */
const EXPIRY_WARNING_MS = 30 * 24 * 60 * 60 * 1000;

/** A clock may be corrected by this much. */
const CLOCK_TOLERANCE_MS = 60_000;

/** `status`: a probe for monitoring. */
export function declareStatus(program: Command, act: Act): void {
  program
    .command('status')
    .description('for monitoring: last good backup, unfinished runs, certificates about to expire')
    .option('--max-age <age>', 'oldest that the last good backup may be, for example 26h or 2d', '26h')
    .action((flags: { maxAge: string }) => act((context) => showStatus(context, flags.maxAge)));
}

async function showStatus(context: CommandContext, maxAge: string): Promise<ExitCode> {
  const maxAgeMs = parseDuration(maxAge);
  if (maxAgeMs === undefined)
    throw new UsageError(`--max-age ${maxAge} is not a duration`, { hint: 'For example: 26h, 90m or 2d.' });
  const site = await context.openSite();
  const now = context.clock.now();
  const last = newestComplete(await site.vault.list());
  const ageMs = last === undefined ? undefined : now.getTime() - Date.parse(last.createdAt);
  // One from the future was written while the clock was wrong, or it is wrong now: how old it is nobody knows.
  const fromFuture = ageMs !== undefined && ageMs < -CLOCK_TOLERANCE_MS;
  const tooOld = ageMs === undefined || fromFuture || ageMs > maxAgeMs;
  const unfinished = await site.engine.unfinished();
  const { found, warnings } = await site.certificates();
  const expiring = found.filter(
    (certificate) => Date.parse(certificate.notAfter) - now.getTime() < EXPIRY_WARNING_MS,
  );
  const allWarnings = [
    ...site.warnings,
    ...warnings,
    ...expiring.map(
      ({ node, subject, notAfter }) =>
        `certificate ${subject} on ${node} ${Date.parse(notAfter) < now.getTime() ? 'expired' : 'expires'} ${notAfter.slice(0, 10)}`,
    ),
  ];
  const waiting = unfinished !== undefined && unfinished.outcome !== 'running';
  if (context.flags.json)
    writeJson(context, {
      schemaVersion: 1,
      site: site.name,
      lastBackup: last ?? null,
      ageMs: ageMs ?? null,
      maxAgeMs,
      tooOld,
      unfinished: unfinished ?? null,
      certificates: expiring,
      warnings: allWarnings,
    });
  else {
    const lines = [
      last === undefined || ageMs === undefined
        ? `TOO OLD  no complete backup set of ${site.name} yet`
        : `${tooOld ? 'TOO OLD' : 'ok     '}  last good backup ${last.id}, ${fromFuture ? `its time is in the future (${last.createdAt}): look at the clock` : `${formatDuration(ageMs)} old (limit ${maxAge})`}`,
      ...(unfinished === undefined
        ? ['ok       no unfinished run']
        : [`${unfinishedColumn(unfinished)}  ${unfinishedText(unfinished)}`]),
      ...allWarnings.map((warning) => `warning  ${warning}`),
    ];
    context.output.out(`${lines.join('\n')}\n`);
  }
  return worstExitCode([
    ...(tooOld ? [5 as const] : []),
    ...(waiting ? [isDown(unfinished) ? (7 as const) : (6 as const)] : []),
    doneExitCode(context.flags.strict, allWarnings),
  ]);
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
