import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdirSync, openSync, writeSync, fsyncSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { BusyError } from '../contract/errors.ts';

/** The run that holds the site, across reboots, until it is over (design rule 9). */
export interface SiteClaim {
  /** The run that holds the site. */
  holder(): string | undefined;
  /** @throws BusyError when another run holds it. */
  take(run: string): void;
  /** Gives the site back when `run` holds it. */
  release(run: string): void;
}

/** `<stateFolder>/claim.json`. */
export function createSiteClaim(stateFolder: string): SiteClaim {
  const file = join(stateFolder, 'claim.json');
  function holder(): string | undefined {
    if (!existsSync(file)) return undefined;
    try {
      const { run } = JSON.parse(readFileSync(file, 'utf8')) as { run?: unknown };
      return typeof run === 'string' ? run : undefined;
    } catch {
      // Cut off while it was written, so before any effect: nothing is held.
      return undefined;
    }
  }
  return {
    holder,
    take(run) {
      const current = holder();
      if (current === run) return;
      if (current !== undefined) {
        throw new BusyError(`the run ${current} is unfinished and holds the site`, {
          hint: `\`sense-runbook runs show ${current}\` shows it and what leads on.`,
        });
      }
      mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
      const descriptor = openSync(file, 'w', 0o600);
      try {
        writeSync(descriptor, `${JSON.stringify({ schemaVersion: 1, run })}\n`);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    },
    release(run) {
      if (holder() === run) rmSync(file, { force: true });
    },
  };
}
