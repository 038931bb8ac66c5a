import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Enough for the journal of the always-steps and a report. */
const BYTES = 1 << 20;

/** A small file that is given up when the disk is full, so that the journal can still say what was started again. */
export interface Reserve {
  /** Makes it when it is missing. @throws when there is no room even for that. */
  ensure(): void;
  /** Removes it; gives false when it was gone already. */
  giveUp(): boolean;
}

/** `<stateFolder>/reserve`. */
export function createReserve(stateFolder: string): Reserve {
  const file = join(stateFolder, 'reserve');
  return {
    ensure() {
      if (existsSync(file)) return;
      mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
      // Not sparse: the blocks have to be there.
      writeFileSync(file, Buffer.alloc(BYTES, 0x20), { mode: 0o600 });
    },
    giveUp() {
      if (!existsSync(file)) return false;
      rmSync(file, { force: true });
      return true;
    },
  };
}
