import { randomBytes } from 'node:crypto';
import { ExpectedError, messageOf } from '../contract/errors.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { openSetCertificates, readSetCertificates, type CertificateWarning } from './set-certificates.ts';
import type { SetPlace } from './set-place.ts';

/** Of the files in copied folders so many percent are read; all the others are compared with their hash while they are copied. */
const SAMPLE_PERCENT = 1;
/** So much of a long list is told; `backups verify` tells all of it. */
const SHOWN = 10;

/** What a look at a set before its restore found. */
export interface Soundness {
  /** Plain sentences; empty: it can be restored. */
  readonly problems: readonly string[];
  readonly hint?: string;
  readonly warnings: readonly CertificateWarning[];
  /** Files that were read. */
  readonly files: number;
}

/**
 * Looks whether a set is still as it was written: dumps, certificates and configuration are read whole, of the share a part
 * is read and the size of every file is looked at. With `certificates` each certificate file is opened too: a wrong
 * password must be told before the services stop.
 */
export async function lookAtSet(
  c: Pick<ActionCollaborators, 'site' | 'secrets' | 'clock' | 'openPfx'>,
  place: SetPlace,
  set: string,
  { certificates, signal }: { readonly certificates: boolean; readonly signal: AbortSignal },
): Promise<Soundness> {
  const { damage, files } = await place.verify(set, {
    signal,
    sample: { percent: SAMPLE_PERCENT, seed: randomBytes(8).toString('hex') },
  });
  if (damage.length > 0) {
    const shown = damage.slice(0, SHOWN).map(({ message }) => message);
    const more = damage.length > SHOWN ? [`and ${String(damage.length - SHOWN)} more`] : [];
    return {
      problems: [`The set is damaged: ${[...shown, ...more].join('; ')}`],
      hint: `Choose another set: sense-runbook backups. What is wrong: sense-runbook backups verify ${set}`,
      warnings: [],
      files,
    };
  }
  if (!certificates) return { problems: [], warnings: [], files };
  try {
    const entries = await readSetCertificates(place, set);
    const { warnings } = await openSetCertificates(c, place, set, entries);
    return { problems: [], warnings, files };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    const { hint } = error;
    return { problems: [messageOf(error)], ...(hint === undefined ? {} : { hint }), warnings: [], files };
  }
}

/** What was looked at, for a person. */
export function soundText({ files }: Pick<Soundness, 'files'>, certificates: boolean): string {
  const opened = certificates ? ' Every certificate file opens.' : '';
  return `The set is as it was written: databases, certificates and configuration read again, and a part of the share (${String(files)} files in all).${opened}`;
}
