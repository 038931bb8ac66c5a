import { messageOf } from '../contract/errors.ts';
import { appendHistory } from './history.ts';
import type { Verification } from './vault.ts';

/** Who looked, with what, and when it was done. */
export interface VerifiedBy {
  readonly host: string;
  readonly tool: string;
  readonly at: Date;
}

/**
 * Writes the verdict into the history of the set in `folder`. Gives a warning when that cannot be done: a vault that is
 * mounted read-only can be verified too.
 */
export async function recordVerification(
  folder: string,
  verification: Verification,
  by: VerifiedBy,
): Promise<string[]> {
  const { ok, damage, durationMs, manifestSha256 } = verification;
  // Without a manifest there is nothing the verdict could be about.
  if (manifestSha256 === undefined) return [];
  try {
    await appendHistory(folder, {
      schemaVersion: 1,
      kind: 'verify',
      verdict: ok ? 'passed' : 'failed',
      at: by.at.toISOString(),
      durationMs,
      manifestSha256,
      differences: damage.map(({ message }) => message),
      host: by.host,
      tool: by.tool,
    });
    return [];
  } catch (error) {
    return [
      `The verdict could not be written into the history of the set in ${folder}: ${messageOf(error)}.`,
    ];
  }
}
