import { createHash } from 'node:crypto';
import type { JsonObject } from '../contract/json.ts';
import type { FolderManifest, ManifestFile, ManifestTree } from './vault.ts';

/** The manifest's text, as it is written: with its own hash as the last field. */
export function formatManifest(facts: JsonObject): string {
  const text = JSON.stringify(facts, null, 2);
  return `${JSON.stringify({ ...facts, manifestSha256: sha256(text) }, null, 2)}\n`;
}

/** What is wrong with a manifest's text, or the manifest. */
export type ParsedManifest =
  { readonly manifest: FolderManifest; readonly intact: boolean } | { readonly problem: string };

/** Reads a manifest. `intact` is false when it says something else than when it was written. */
export function parseManifest(text: string, id: string): ParsedManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `it is no JSON: ${(error as Error).message}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problem: 'it is no JSON object' };
  const manifest = value as Partial<FolderManifest> & JsonObject;
  if (manifest.schemaVersion !== 1)
    return {
      problem: `its schemaVersion is ${JSON.stringify(manifest.schemaVersion)}, this version reads 1`,
    };
  if (manifest.id !== id) return { problem: `it belongs to set ${JSON.stringify(manifest.id)}` };
  if (!Number.isSafeInteger(manifest.sequence)) return { problem: 'it has no sequence number' };
  if (typeof manifest.createdAt !== 'string' || Number.isNaN(Date.parse(manifest.createdAt)))
    return { problem: 'its createdAt is no time' };
  if (!isArrayOf(manifest.files, isFile)) return { problem: 'its list of files is not as it should be' };
  if (!isArrayOf(manifest.trees, isTree)) return { problem: 'its list of trees is not as it should be' };
  const { manifestSha256, ...facts } = manifest;
  const intact = manifestSha256 === sha256(JSON.stringify(facts, null, 2));
  return { manifest: manifest as FolderManifest, intact };
}

function isArrayOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function isFile(item: unknown): boolean {
  const file = item as Partial<ManifestFile> | null;
  return typeof file?.path === 'string' && Number.isSafeInteger(file.size) && typeof file.sha256 === 'string';
}

function isTree(item: unknown): boolean {
  const tree = item as Partial<ManifestTree> | null;
  return (
    typeof tree?.folder === 'string' &&
    typeof tree.listing === 'string' &&
    typeof tree.listingSha256 === 'string' &&
    Number.isSafeInteger(tree.files) &&
    Number.isSafeInteger(tree.bytes)
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
