import type { Command } from 'commander';
import { UsageError } from '../contract/errors.ts';
import type { Act } from './act.ts';
import { addRunFlags, runRunbook, type RunFlags } from './run.ts';
import { collect, parseSettings } from './settings.ts';

type RestoreFlags = Omit<RunFlags, 'format' | 'set'> & {
  readonly newHost?: string;
  readonly bare?: true;
  readonly copy?: string;
  readonly only?: string;
  readonly database?: string;
  readonly documented?: true;
  readonly postgres?: string;
  readonly compare?: string;
  readonly config?: string;
  readonly configFiles?: string;
  readonly logs?: true;
  readonly extra?: boolean;
  readonly rehearsal?: true;
  readonly oldIsDead?: true;
  readonly set?: string[];
};

/** Flags that are parameters of the runbook of the same name. */
const PARAMS = [
  'copy',
  'only',
  'database',
  'documented',
  'postgres',
  'compare',
  'config',
  'configFiles',
  'logs',
  'rehearsal',
  'oldIsDead',
] as const;

/** `restore [SET|latest]`: short for `run restore-same-host`, or `restore-new-host` with `--new-host`. */
export function declareRestore(program: Command, act: Act): void {
  addRunFlags(program.command('restore'))
    .argument('[set]', 'identifier of a complete backup set, or latest', 'latest')
    .description('restore the site from a backup set, step by step and with the way back')
    .option('--new-host <name>', 'to a machine with another host name: that of the new central node')
    .option(
      '--bare',
      'a machine without Qlik Sense: certificates first, then the installation, nothing started',
    )
    .option('--copy <name>', 'fetch the set from an offsite copy of the site file')
    .option('--only <part>', 'databases, share, certificates or config; the rest stays as it is')
    .option('--database <name>', 'this one database only, such as QSR; the rest stays as it is')
    .option('--documented', 'databases exactly as in the manual (dropdb, createdb, pg_restore): no way back')
    .option('--postgres <versions>', 'same, or allow-newer: a server of a newer major version')
    .option('--compare <how>', 'files of the share: quick (size and time) or content (hash)')
    .option('--config <mode>', 'configuration files: show, same, or merge (with --new-host)')
    .option(
      '--config-files <names>',
      'these configuration files only, several with a comma; alone it is --only config',
    )
    .option('--logs', 'restore log files too')
    .option('--no-extra', 'leave out the folders that the site file lists under "extra"')
    .option(
      '--rehearsal',
      'with --new-host: the Scheduler Service stays down, and nothing outside is reached',
    )
    .option('--old-is-dead', 'with --new-host: the old site is down for good, although its share is this one')
    .option('--no-guided', 'do not explain every step and ask before it, as is done on a terminal')
    .option('--set <name=value>', 'give any other parameter of the runbook; repeatable', collect)
    .action((set: string, flags: RestoreFlags) =>
      act((context) => {
        const runbook = runbookOf(flags);
        const { newHost, extra } = flags;
        const params: Record<string, string> = { set };
        for (const name of PARAMS) {
          const value = flags[name];
          if (value !== undefined) params[name] = String(value);
        }
        if (newHost !== undefined) params['newHost'] = newHost;
        // One database cannot be meant together with the rest.
        if (flags.database !== undefined) params['only'] ??= 'databases';
        // Who names files means them: the rest is restored only when it is asked for.
        if (flags.configFiles !== undefined && newHost === undefined) params['only'] ??= 'config';
        if (extra === false) params['extra'] = 'false';
        // A frightened person at a terminal is led by the hand; who gives approvals beforehand knows the way.
        const guidedByDefault = flags.approve === undefined && flags.yes !== true;
        return runRunbook(
          context,
          runbook,
          { ...params, ...parseSettings(flags.set) },
          { ...flags, set: [], guidedByDefault },
        );
      }),
    );
}

/** @throws UsageError on flags that exclude each other */
function runbookOf({ newHost, bare, rehearsal, oldIsDead }: RestoreFlags): string {
  if (newHost === undefined && (rehearsal === true || oldIsDead === true))
    throw new UsageError(`${rehearsal === true ? '--rehearsal' : '--old-is-dead'} is only for --new-host`);
  if (bare === true) return 'prepare-bare-machine';
  return newHost === undefined ? 'restore-same-host' : 'restore-new-host';
}
