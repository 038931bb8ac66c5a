import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VerificationError } from '../contract/errors.ts';
import { readListing } from './listing.ts';
import { MANIFEST } from './set-names.ts';
import { readManifest } from './sets.ts';
import { showPath } from './tree-trouble.ts';
import type { FolderManifest } from './vault.ts';

/** One file or empty folder (its path ends with `/`) of a set, as manifest and listings have it. */
export interface ExportEntry {
  /** Relative to the set, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** Of the original, where that is known. */
  readonly mtime?: Date;
}

/** What a set holds, and what that adds up to. */
export interface ExportContents {
  readonly manifest: FolderManifest;
  readonly files: number;
  /** Bytes of all files. */
  readonly bytes: number;
  readonly largest: number;
  /** Every entry, `RESTORE.md` and the manifest first; listings are read as a stream each time. */
  readonly entries: () => AsyncGenerator<ExportEntry, void, undefined>;
}

/**
 * Reads manifest and listings of a set.
 *
 * @throws VerificationError when there is no such complete set, or they are not what was written
 */
export async function readExportContents(root: string, id: string): Promise<ExportContents> {
  const parsed = await readManifest(root, id);
  if ('problem' in parsed) throw damaged(id, `its manifest is damaged: ${parsed.problem}`);
  const { manifest, intact } = parsed;
  if (!intact) throw damaged(id, 'its manifest says something else than when it was written');
  const set = join(root, id);
  const text = await readFile(join(set, MANIFEST));
  const first: ExportEntry = {
    path: MANIFEST,
    size: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
  };
  const restore = manifest.files.filter(({ path }) => path === 'RESTORE.md');
  const others = manifest.files.filter(({ path }) => path !== 'RESTORE.md');

  async function* entries(): AsyncGenerator<ExportEntry, void, undefined> {
    yield* restore;
    yield first;
    yield* others;
    for (const { folder, listing, listingSha256 } of manifest.trees) {
      const hash = createHash('sha256');
      let size = 0;
      const lines = readListing(join(set, listing), {
        onChunk(chunk) {
          hash.update(chunk);
          size += chunk.length;
        },
        onTrouble({ message }) {
          throw damaged(id, `the listing ${listing} is damaged: ${message}`);
        },
      });
      for await (const { path, mtimeNs, ...entry } of lines) {
        const mtime = new Date(Number(BigInt(mtimeNs) / 1_000_000n));
        yield { ...entry, path: `${folder}/${path}`, mtime };
      }
      if (hash.digest('hex') !== listingSha256)
        throw damaged(id, `the listing ${listing} is not what was written`);
      yield { path: listing, size, sha256: listingSha256 };
    }
  }

  let [files, bytes, largest] = [0, 0, 0];
  for await (const { path, size } of entries()) {
    if (path.includes('\\'))
      throw damaged(id, `${showPath(path)} has a backslash in its name, which no portable archive keeps`);
    if (path.endsWith('/')) continue;
    files += 1;
    bytes += size;
    largest = Math.max(largest, size);
  }
  return { manifest, files, bytes, largest, entries };
}

/** The set is not as it was written; `why` goes on after "is not exported:". */
export function damaged(id: string, why: string): VerificationError {
  return new VerificationError(`The backup set ${id} is not exported: ${why}.`, {
    hint: `What else is wrong with it: sense-runbook backups verify ${id}. Export another set.`,
  });
}
