import type { Command } from 'commander';
import type { Act } from './act.ts';
import { addRunFlags, runRunbook, type RunFlags } from './run.ts';

/** Parameters of the backup runbook that have a flag of their own. */
export const BACKUP_PARAMS = ['quiesce', 'format', 'checksums', 'drill', 'drillSample'] as const;

type BackupFlags = Omit<RunFlags, 'format' | 'set'> & {
  readonly quiesce?: string;
  readonly format?: string;
  readonly checksums?: true;
  readonly drill?: string;
  readonly drillSample?: string;
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
    .option('--checksums', 'record a checksum of every table for the drill; reads every row')
    .option('--drill <when>', 'prove the new set in a scratch database: never, weekly or always')
    .option('--drill-sample <percent>', 'how much of the share that reads again, for example 10')
    .action(({ quiesce, format, checksums, drill, drillSample, ...flags }: BackupFlags) =>
      act((context) => {
        const given = { quiesce, format, checksums, drill, drillSample };
        const params = Object.entries(given).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)]],
        );
        return runRunbook(context, 'backup', Object.fromEntries(params) as Record<string, string>, {
          ...flags,
          set: [],
        });
      }),
    );
}
