import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VerificationError } from '../contract/errors.ts';
import { compareNames } from '../foundation/path-order.ts';
import { siteOfManifest } from './bound-names.ts';
import { failureOf, provenAt, provenPart, readHistory } from './history.ts';
import { parseManifest, type ParsedManifest } from './manifest.ts';
import { lackedParts } from './set-parts.ts';
import { DELETING, MANIFEST, timeOfSetId } from './set-names.ts';
import { readSetState } from './set-state.ts';
import type { FolderManifest, SetSummary } from './vault.ts';

/** Every set of a site's folder, oldest first; a damaged one as what it looks like. A missing folder has none. */
export async function listSets(root: string): Promise<SetSummary[]> {
  const sets: SetSummary[] = [];
  for (const name of await namesIn(root)) {
    const deleting = name.startsWith(DELETING);
    const id = deleting ? name.slice(DELETING.length) : name;
    const time = timeOfSetId(id);
    if (time === undefined) continue;
    const path = join(root, name);
    const createdAt = time.toISOString();
    sets.push(deleting ? { id, path, state: 'deleting', createdAt } : await summarise(id, path, createdAt));
  }
  return sets.sort((a, b) => compareNames(a.createdAt, b.createdAt) || compareNames(a.id, b.id));
}

/**
 * The manifest's text and what it says.
 *
 * @throws VerificationError when there is no such set, or it is incomplete
 */
export async function readManifest(root: string, id: string): Promise<ParsedManifest> {
  if (timeOfSetId(id) === undefined)
    throw new VerificationError(`"${id}" is not the name of a backup set.`, { hint: listThem });
  try {
    return parseManifest(await readFile(join(root, id, MANIFEST), 'utf8'), id);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const known = (await namesIn(root)).includes(id);
    throw new VerificationError(
      known
        ? `Backup set ${id} is incomplete: it has no ${MANIFEST}, the run that wrote it did not end well.`
        : `There is no backup set ${id} in ${root}.`,
      { hint: listThem, cause: error },
    );
  }
}

/** What a manifest says of its set for a listing, without the sequence number. */
export function factsOf(manifest: FolderManifest): Omit<SetSummary, 'id' | 'path' | 'state' | 'sequence'> {
  const { createdAt, run, bytes, bytesNew } = manifest;
  const { durationMs, downtimeMs } = manifest as Record<string, unknown>;
  const { release, central: host } = siteOfManifest(manifest);
  const lacks = lackedParts(manifest);
  return {
    createdAt,
    run,
    bytes,
    bytesNew,
    ...(typeof durationMs === 'number' ? { durationMs } : {}),
    ...(typeof downtimeMs === 'number' ? { downtimeMs } : {}),
    ...(release === undefined ? {} : { release }),
    ...(host === undefined ? {} : { host }),
    ...(lacks.length === 0 ? {} : { lacks }),
  };
}

const listThem = 'List the sets with "sense-runbook backups".';

async function summarise(id: string, path: string, createdAt: string): Promise<SetSummary> {
  let parsed: ParsedManifest | undefined;
  let run: string | undefined;
  try {
    parsed = parseManifest(await readFile(join(path, MANIFEST), 'utf8'), id);
  } catch {
    // No manifest, or none that can be read: in both cases the set cannot be offered.
    parsed = undefined;
  }
  if (parsed === undefined || 'problem' in parsed) {
    try {
      run = (await readSetState(path))?.run;
    } catch {
      // A listing must not fail because one set cannot be read.
      run = undefined;
    }
    return { id, path, state: 'incomplete', createdAt, ...(run === undefined ? {} : { run }) };
  }
  const { manifest } = parsed;
  return {
    id,
    path,
    state: 'complete',
    sequence: manifest.sequence,
    ...factsOf(manifest),
    ...(await looksAt(path, manifest.manifestSha256)),
  };
}

/** What later looks at the set with this manifest said of it; without its hash: the manifest that was looked at last. */
export async function looksAt(
  folder: string,
  manifestSha256: string | undefined,
): Promise<Pick<SetSummary, 'provenAt' | 'partProvenAt' | 'lacks' | 'failedAt' | 'failedFor'>> {
  try {
    const history = await readHistory(folder);
    const looked = manifestSha256 ?? history.at(-1)?.manifestSha256 ?? '';
    const [proven, failed] = [provenAt(history, looked), failureOf(history, looked)];
    const part = provenPart(history, looked);
    return {
      ...(proven === undefined ? {} : { provenAt: proven }),
      ...(part === undefined ? {} : { partProvenAt: part.at, lacks: part.lacks }),
      ...(failed === undefined ? {} : { failedAt: failed.at }),
      ...(failed?.reason === undefined ? {} : { failedFor: failed.reason }),
    };
  } catch {
    // A listing must not fail because one history cannot be read: then nothing is known of the set.
    return {};
  }
}

/** Names in a folder; a missing one has none. */
export async function namesIn(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
