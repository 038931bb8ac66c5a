import { messageOf } from '../contract/errors.ts';
import type { SetSource, Verification } from './vault.ts';

/** Who looked, with what, and when it was done. */
export interface VerifiedBy {
  readonly host: string;
  readonly tool: string;
  /** The offsite copy that was looked at; undefined: the vault. */
  readonly copy?: string | undefined;
  readonly at: Date;
}

/**
 * Writes the verdict into the history of the set. Gives a warning when that cannot be done: a vault that is
 * mounted read-only can be verified too.
 */
export async function recordVerification(
  sets: Pick<SetSource, 'historyFolder' | 'remember'>,
  verification: Verification,
  by: VerifiedBy,
): Promise<string[]> {
  const { ok, damage, durationMs, manifestSha256 } = verification;
  // Without a manifest there is nothing the verdict could be about.
  if (manifestSha256 === undefined) return [];
  try {
    await sets.remember(verification.set, {
      schemaVersion: 1,
      kind: 'verify',
      verdict: ok ? 'passed' : 'failed',
      at: by.at.toISOString(),
      durationMs,
      manifestSha256,
      differences: damage.map(({ message }) => message),
      ...(by.copy === undefined ? {} : { copy: by.copy }),
      host: by.host,
      tool: by.tool,
    });
    return [];
  } catch (error) {
    return [
      `The verdict could not be written into the history of the set in ${sets.historyFolder(verification.set)}: ${messageOf(error)}.`,
    ];
  }
}
