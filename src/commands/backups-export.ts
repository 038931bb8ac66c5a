import type { Command } from 'commander';
import { basename, resolve } from 'node:path';
import type { ExitCode } from '../contract/errors.ts';
import type { Progress } from '../contract/action.ts';
import { formatBytes, formatCount } from '../foundation/human.ts';
import { commandLine } from '../report/operation-text.ts';
import type { Act } from './act.ts';
import type { CommandContext } from './context.ts';
import { assertComplete, findSet } from './find-set.ts';
import { note, openNoted, writeJson } from './open.ts';
import { collect } from './settings.ts';

/** How far it is, is told this often. Milliseconds. */
const TELL_MS = 10_000;

interface ExportFlags {
  readonly output: string;
  readonly encryptTo?: string[];
}

/** `backups export`: one portable archive of a set. */
export function declareBackupsExport(backups: Command, act: Act): void {
  backups
    .command('export')
    .argument('[set]', 'identifier of the set, or "latest"', 'latest')
    .description('pack a set into one archive, every file checked while it is read')
    .requiredOption('--output <file>', 'a new .tar, .tar.gz or .zip file; .age behind it when encrypted')
    .option('--encrypt-to <recipient>', 'encrypt with age for this recipient (age1...); repeatable', collect)
    .action((set: string, flags: ExportFlags) => act((context) => exportBackup(context, set, flags)));
}

async function exportBackup(context: CommandContext, wanted: string, flags: ExportFlags): Promise<ExitCode> {
  const { site } = await openNoted(context);
  const set = await findSet(site.vault, wanted);
  assertComplete(set);
  const file = resolve(context.cwd, flags.output);
  note(context, `exporting ${set.id} to ${file}`);
  // Ctrl+C removes what was written of the archive before the process ends.
  context.beginEffects();
  const exported = await site.exportSet({
    id: set.id,
    file,
    recipients: flags.encryptTo ?? [],
    signal: context.signal,
    onProgress: teller(context),
  });
  const encrypted = flags.encryptTo !== undefined;
  if (context.flags.json) {
    writeJson(context, { schemaVersion: 1, ...exported, encrypted });
    return 0;
  }
  const { bytes, sha256, sumFile, files } = exported;
  const secret = encrypted
    ? 'Only who has the secret key of a recipient can read it: age -d -i KEYFILE'
    : 'It is not encrypted: databases, apps and password hashes in it can be read by who has it.';
  const there = commandLine(['sha256sum', '-c', basename(sumFile)]);
  const onWindows = commandLine(['CertUtil', '-hashfile', basename(file), 'SHA256']);
  context.output.out(
    [
      `Wrote ${file} (${formatBytes(bytes)}, ${formatCount(files, 'file')}); every file is as it was written.`,
      secret,
      `SHA-256: ${sha256} (also in ${sumFile})`,
      `Check it there with: ${there}, or ${onWindows}`,
      '',
    ].join('\n'),
  );
  return 0;
}

/** Tells how far it is now and then: an archive may take hours. */
function teller(context: CommandContext): (progress: Progress) => void {
  let last = context.clock.monotonic();
  return ({ bytesDone = 0, bytesTotal = 0 }) => {
    const now = context.clock.monotonic();
    if (now - last < TELL_MS) return;
    last = now;
    const percent = bytesTotal === 0 ? 100 : Math.floor((100 * bytesDone) / bytesTotal);
    note(context, `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)} (${String(percent)} %)`);
  };
}
