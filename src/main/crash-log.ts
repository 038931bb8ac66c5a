import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ExpectedError } from '../contract/errors.ts';

/**
 * Writes what a bug report needs into a new file that only this user may read, and gives its path. Undefined for an
 * expected error, or when it cannot be written: then `--verbose` is the way to see the stack.
 */
export function writeCrashLog(
  error: unknown,
  facts: {
    readonly tool: string;
    readonly argv: readonly string[];
    readonly redact: (text: string) => string;
  },
): string | undefined {
  if (error instanceof ExpectedError) return undefined;
  const text = [
    `${facts.tool}, Node.js ${process.version}, ${process.platform} ${process.arch}`,
    `arguments: ${JSON.stringify(withoutValues(facts.argv))}`,
    inspect(error, { depth: 5 }),
    '',
  ].join('\n');
  try {
    const file = join(mkdtempSync(join(tmpdir(), 'sense-runbook-error-')), 'error.log');
    writeFileSync(file, facts.redact(text), { mode: 0o600 });
    return file;
  } catch {
    // The error itself is what matters; it is printed anyway.
    return undefined;
  }
}

/** Arguments without the values of `--set`: one may be a secret, and which one is not known yet. */
function withoutValues(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    const setting = word.startsWith('--set=') || argv[index - 1] === '--set';
    return setting ? word.replace(/^(--set=)?([^=]*)=.*$/s, '$1$2=***') : word;
  });
}
