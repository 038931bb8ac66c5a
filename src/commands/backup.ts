import type { Command } from 'commander';
import type { Act } from './act.ts';
import { addRunFlags, runRunbook, type RunFlags } from './run.ts';

/** Parameters of the backup runbook that have a flag of their own. */
export const BACKUP_PARAMS = ['quiesce', 'format'] as const;

type BackupFlags = Omit<RunFlags, 'format' | 'set'> & Partial<Record<(typeof BACKUP_PARAMS)[number], string>>;

/** `backup`: short for `run backup`, with the runbook's parameters as flags. */
export function declareBackup(program: Command, act: Act): void {
  addRunFlags(program.command('backup'))
    .description('back up the site: short for "run backup"')
    .option('--quiesce <mode>', 'full: services down until the last dump is written; none: they stay up')
    .option('--format <format>', 'dump format: tar, custom or directory')
    .action(({ quiesce, format, ...flags }: BackupFlags) =>
      act((context) => {
        const params = Object.entries({ quiesce, format }).filter((entry) => entry[1] !== undefined);
        return runRunbook(context, 'backup', Object.fromEntries(params) as Record<string, string>, {
          ...flags,
          set: [],
        });
      }),
    );
}
