import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { VerificationError } from '../../contract/errors.ts';
import { readListingBatches } from '../listing.ts';
import { showPath } from '../tree-trouble.ts';
import type { ManifestTree } from '../vault.ts';
import { createPathCompany, whyNotRestored } from './listed-paths.ts';

const NAMED = 10;

/**
 * Reads the listing of a tree through before anything is changed: it must be the one of the manifest, and every path in it
 * one that can be restored. `windows`: to a Windows machine.
 *
 * @throws VerificationError naming what is wrong; the signal's reason
 */
export async function checkListing(
  file: string,
  tree: ManifestTree,
  windows: boolean,
  signal: AbortSignal,
): Promise<void> {
  const trouble = createTrouble(tree);
  try {
    if (!(await lstat(file)).isFile()) throw trouble.error([`${file} is no ordinary file`]);
    const hash = createHash('sha256');
    const company = createPathCompany(windows);
    let files = 0;
    let bytes = 0;
    const batches = readListingBatches(file, {
      onChunk: (chunk) => hash.update(chunk),
      onTrouble: ({ message }) => {
        trouble.add(message);
      },
    });
    for await (const entries of batches) {
      signal.throwIfAborted();
      for (const entry of entries) {
        const reason = whyNotRestored(entry, windows) ?? company.add(entry.path);
        if (reason !== undefined) trouble.add(`${showPath(entry.path)} ${reason}`);
        if (!entry.path.endsWith('/')) files += 1;
        bytes += entry.size;
      }
    }
    if (hash.digest('hex') !== tree.listingSha256) trouble.add('it is not what was written');
    if (files !== tree.files || bytes !== tree.bytes)
      trouble.add('it has other files than the manifest says');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    throw trouble.error([`it cannot be read (${code})`], error);
  }
  trouble.throwIfAny();
}

function createTrouble({ listing }: ManifestTree): {
  add(message: string): void;
  error(messages: readonly string[], cause?: unknown): VerificationError;
  throwIfAny(): void;
} {
  const named: string[] = [];
  let more = 0;
  const error = (messages: readonly string[], cause?: unknown): VerificationError =>
    new VerificationError(`The list of files ${listing} of the set cannot be used: ${messages.join('; ')}.`, {
      hint: 'Nothing was restored from it. Use another set, or a copy of this one: "sense-runbook backups verify" tells which are sound.',
      cause,
    });
  return {
    error,
    add(message) {
      if (named.length < NAMED) named.push(message);
      else more += 1;
    },
    throwIfAny() {
      if (named.length > 0) throw error(more === 0 ? named : [...named, `and ${more} more`]);
    },
  };
}
