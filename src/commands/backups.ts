import type { Command } from 'commander';
import type { ExitCode } from '../contract/errors.ts';
import { backupsJson, backupsText, backupText, verificationText } from '../report/backups-text.ts';
import type { CommandContext } from './context.ts';
import { note, openNoted, writeJson } from './open.ts';
import type { Act } from './act.ts';
import { doneExitCode } from './exit-codes.ts';
import { assertComplete, findSet } from './find-set.ts';
import { declareDrill } from './backups-drill.ts';
import { declareBackupsExport } from './backups-export.ts';
import { declareBackupsPrune } from './backups-prune.ts';

/** `backups`: the vault, oldest first; one set; whether a set is still as it was written. */
export function declareBackups(program: Command, act: Act): void {
  const backups = program
    .command('backups')
    .description('list the backup sets of this site, oldest first')
    .action(() => act(listBackups));
  backups
    .command('show')
    .argument('[set]', 'identifier of the set, or "latest"', 'latest')
    .description('show one backup set')
    .action((set: string) => act((context) => showBackup(context, set)));
  backups
    .command('verify')
    .argument('[set]', 'identifier of the set, or "latest"', 'latest')
    .description('read every file of a set again and compare it with what was written')
    .action((set: string) => act((context) => verifyBackup(context, set)));
  declareDrill(backups, act);
  declareBackupsExport(backups, act);
  declareBackupsPrune(backups, act);
}

async function listBackups(context: CommandContext): Promise<ExitCode> {
  const { site } = await openNoted(context);
  const sets = await site.vault.list();
  if (context.flags.json) writeJson(context, backupsJson(sets));
  else context.output.out(backupsText(sets));
  return 0;
}

async function showBackup(context: CommandContext, wanted: string): Promise<ExitCode> {
  const { site } = await openNoted(context);
  const set = await findSet(site, wanted);
  const manifest = set.state === 'complete' ? await site.vault.read(set.id) : undefined;
  if (context.flags.json) writeJson(context, { schemaVersion: 1, set, manifest });
  else context.output.out(backupText(set, manifest));
  return 0;
}

async function verifyBackup(context: CommandContext, wanted: string): Promise<ExitCode> {
  const { site } = await openNoted(context);
  const set = await findSet(site, wanted);
  assertComplete(set);
  note(context, `verifying ${set.id}: reading every file again`);
  const verification = await site.vault.verify(set.id, { signal: context.signal });
  const unwritten = await site.recordVerification(set, verification);
  const warnings = [...(verification.warnings ?? []), ...unwritten];
  for (const warning of warnings) note(context, `warning: ${warning}`);
  if (context.flags.json)
    writeJson(context, {
      schemaVersion: 1,
      ...verification,
      ...(warnings.length === 0 ? {} : { warnings }),
    });
  else context.output.out(verificationText(verification));
  return verification.ok ? doneExitCode(context.flags.strict, warnings) : 5;
}
