import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compactUtc } from '../../src/foundation/compact-utc.ts';
import { formatManifest } from '../../src/vault/manifest.ts';

/** A complete set that was written without a backup. */
export interface OldSet {
  readonly id: string;
  readonly path: string;
  readonly createdAt: string;
}

/**
 * Writes a small complete set with these files, made so many days ago, into the site's folder of a vault: a backup
 * would take seconds. Sets must be written oldest first.
 */
export function writeOldSet(
  root: string,
  daysAgo: number,
  files: Readonly<Record<string, string>> = { 'RESTORE.md': '# Restore\n' },
): OldSet {
  const when = new Date(Date.now() - daysAgo * 86_400_000);
  const createdAt = when.toISOString();
  const id = `${compactUtc(when)}-abc${String(Math.floor(daysAgo)).padStart(3, '0')}`;
  const path = join(root, id);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const listed = Object.entries(files).map(([name, content]) => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { path: name, size: Buffer.byteLength(content), sha256 };
  });
  const bytes = listed.reduce((sum, { size }) => sum + size, 0);
  const facts = {
    schemaVersion: 1,
    id,
    sequence: 100_000 - Math.floor(daysAgo * 24),
    createdAt,
    run: 'an earlier run',
    tool: 'sense-runbook 0',
    files: listed,
    trees: [],
    bytes,
    bytesNew: bytes,
    warnings: [],
  };
  writeFileSync(join(path, 'manifest.json'), formatManifest(facts));
  return { id, path, createdAt };
}
