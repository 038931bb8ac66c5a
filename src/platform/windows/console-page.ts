import { ExpectedError } from '../../contract/errors.ts';
import type { Exec } from '../../contract/node.ts';

const LIMIT_MS = 20_000;
const KEY = String.raw`HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage`;

/**
 * The code page that the consoles of this Windows begin with, which its own programs write in; undefined when it does not
 * tell. `chcp` would tell that of one console, in a sentence of the language of Windows; in the registry it is a name and a
 * number.
 */
export async function readConsolePage(exec: Exec): Promise<number | undefined> {
  try {
    const { stdout } = await exec(['reg.exe', 'query', KEY, '/v', 'OEMCP'], { timeoutMs: LIMIT_MS });
    const page = /^\s*OEMCP\s+REG_SZ\s+(\d+)\s*$/m.exec(stdout)?.[1];
    return page === undefined ? undefined : Number(page);
  } catch (error) {
    // What could not be read is for a person's eyes alone: it must not be the end of the command.
    if (error instanceof ExpectedError) return undefined;
    throw error;
  }
}
