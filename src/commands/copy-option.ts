import type { Command } from 'commander';

/** `--copy NAME`, of every command that can work on an offsite copy. */
export const COPY = ['--copy <name>', 'of this offsite copy instead of the vault'] as const;

/** The copy that was asked for; `backups --copy NAME verify` says the same as `backups verify --copy NAME`. */
export function copyOf(command: Command): string | undefined {
  return command.optsWithGlobals<{ copy?: string }>().copy;
}
