import type { Command } from 'commander';
import type { ExitCode } from '../contract/errors.ts';
import { backupsJson, backupsText, backupText, verificationText } from '../report/backups-text.ts';
import { viewSet } from '../report/set-view.ts';
import type { CommandContext } from './context.ts';
import { COPY, copyOf } from './copy-option.ts';
import { note, openNoted, writeJson } from './open.ts';
import type { Act } from './act.ts';
import { doneExitCode } from './exit-codes.ts';
import { assertComplete, findSet, placeOf } from './find-set.ts';
import { declareDrill } from './backups-drill.ts';
import { declareBackupsExport } from './backups-export.ts';
import { declareBackupsPrune } from './backups-prune.ts';

/** `backups`: the vault, oldest first; one set; whether a set is still as it was written. */
export function declareBackups(program: Command, act: Act): void {
  const backups = program
    .command('backups')
    .description('list the backup sets of this site, oldest first')
    .option(...COPY)
    .action((_flags, command: Command) => act((context) => listBackups(context, copyOf(command))));
  backups
    .command('show')
    .argument('[set]', 'identifier of the set, or "latest"', 'latest')
    .option(...COPY)
    .description('show one backup set')
    .action((set: string, _flags, command: Command) =>
      act((context) => showBackup(context, set, copyOf(command))),
    );
  backups
    .command('verify')
    .argument('[set]', 'identifier of the set, or "latest"', 'latest')
    .option(...COPY)
    .description('read every file of a set again and compare it with what was written')
    .action((set: string, _flags, command: Command) =>
      act((context) => verifyBackup(context, set, copyOf(command))),
    );
  declareDrill(backups, act);
  declareBackupsExport(backups, act);
  declareBackupsPrune(backups, act);
}

async function listBackups(context: CommandContext, copy: string | undefined): Promise<ExitCode> {
  const { site } = await openNoted(context);
  const sets = await placeOf(site, copy).list();
  if (context.flags.json) writeJson(context, backupsJson(sets));
  else context.output.out(backupsText(sets));
  return 0;
}

async function showBackup(
  context: CommandContext,
  wanted: string,
  copy: string | undefined,
): Promise<ExitCode> {
  const { site } = await openNoted(context);
  const place = placeOf(site, copy);
  const set = await findSet(place, wanted);
  if (set.state !== 'complete') {
    if (context.flags.json) writeJson(context, { schemaVersion: 1, set });
    else context.output.out(backupText(set, undefined));
    return 0;
  }
  const manifest = await place.read(set.id);
  const view = viewSet({ manifest, ...(await site.setFacts(set, copy)) }, context.clock.now());
  if (context.flags.json) writeJson(context, { schemaVersion: 1, set, manifest, details: view });
  else context.output.out(backupText(set, manifest, view));
  return 0;
}

async function verifyBackup(
  context: CommandContext,
  wanted: string,
  copy: string | undefined,
): Promise<ExitCode> {
  const { site } = await openNoted(context);
  const place = placeOf(site, copy);
  const set = await findSet(place, wanted);
  assertComplete(set);
  note(
    context,
    copy === undefined
      ? `verifying ${set.id}: reading every file again`
      : `verifying ${set.id} in ${place.root}: fetching it, then reading every file`,
  );
  // What is fetched is removed again also after Ctrl+C.
  context.beginEffects();
  const verification = await place.verify(set.id, { signal: context.signal });
  const unwritten = await site.recordVerification(verification, copy);
  const warnings = [...(verification.warnings ?? []), ...unwritten];
  for (const warning of warnings) note(context, `warning: ${warning}`);
  if (context.flags.json)
    writeJson(context, {
      schemaVersion: 1,
      ...verification,
      ...(warnings.length === 0 ? {} : { warnings }),
      ...(copy === undefined ? {} : { copy }),
    });
  else context.output.out(verificationText(verification));
  return verification.ok ? doneExitCode(context.flags.strict, warnings) : 5;
}
