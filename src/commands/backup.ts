import type { Command } from 'commander';
import type { Act } from './act.ts';
import { addRunFlags, runRunbook, type RunFlags } from './run.ts';

/** Parameters of the backup runbook that have a flag of their own. */
export const BACKUP_PARAMS = ['quiesce', 'format', 'checksums'] as const;

type BackupFlags = Omit<RunFlags, 'format' | 'set'> & {
  readonly quiesce?: string;
  readonly format?: string;
  readonly checksums?: true;
};

/** `backup`: short for `run backup`, with the runbook's parameters as flags. */
export function declareBackup(program: Command, act: Act): void {
  addRunFlags(program.command('backup'))
    .description('back up the site: short for "run backup"')
    .option(
      '--quiesce <mode>',
      'full: services down until the last dump is written; snapshot: until every dump holds its snapshot; none: they stay up',
    )
    .option('--format <format>', 'dump format: tar, custom or directory')
    .option('--checksums', 'record a checksum of every table for the drill; costs about as much as the dump')
    .action(({ quiesce, format, checksums, ...flags }: BackupFlags) =>
      act((context) => {
        const params = Object.entries({ quiesce, format, checksums }).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)]],
        );
        return runRunbook(context, 'backup', Object.fromEntries(params) as Record<string, string>, {
          ...flags,
          set: [],
        });
      }),
    );
}
