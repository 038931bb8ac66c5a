import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipArchive } from 'archiver';
import { move, pathExists, remove } from 'fs-extra/esm';
import { UsageError } from '../contract/errors.ts';
import type { RunReport } from '../engine/types.ts';
import { runReportHtml } from './run-report-html.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** What every run has on disk (design section 4), in the order of the archive. */
const FILES = ['plan.json', 'journal.jsonl', 'log.jsonl', 'report.json', 'report.html'] as const;

/** The list of sums, as `sha256sum -c` reads it. */
const SUMS = 'SHA256SUMS';

/** One file of a bundle. */
export interface BundledFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Packs everything of one run into one archive for support or an auditor: plan, journal, log, reports and their sums.
 * They were written with secrets replaced, so nothing is hidden here. A run that was cut off has no reports yet: they are
 * made from its journal. A log that was never written is left out.
 * @throws UsageError when there is something of that name already, or the archive cannot be written there.
 */
export async function writeRunBundle(report: RunReport, file: string): Promise<BundledFile[]> {
  if (await pathExists(file))
    throw new UsageError(`${file} is there already; nothing was written`, { hint: 'Give another name.' });
  const contents = await readContents(report);
  const files = contents.map(({ name, content }) => ({
    name,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  const sums = Buffer.from(files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''));
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeZip([...contents, { name: SUMS, content: sums }], temporary);
    // Not over a file that came in the meantime.
    await move(temporary, file);
  } catch (error) {
    await remove(temporary);
    throw new UsageError(`the bundle cannot be written to ${file}: ${reasonOf(error)}`, { cause: error });
  }
  return files;
}

interface Content {
  readonly name: string;
  readonly content: Buffer;
}

async function readContents(report: RunReport): Promise<Content[]> {
  const made: Partial<Record<string, () => string>> = {
    'report.json': () => `${JSON.stringify(report, null, 2)}\n`,
    'report.html': () => runReportHtml(report),
  };
  const contents: Content[] = [];
  for (const name of FILES) {
    const written = await readIfThere(path.join(report.run.folder, name));
    const text = written === undefined ? made[name]?.() : undefined;
    const content = written ?? (text === undefined ? undefined : Buffer.from(text));
    if (content !== undefined) contents.push({ name, content });
  }
  return contents;
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeZip(contents: readonly Content[], file: string): Promise<void> {
  const archive = new ZipArchive({ zlib: { level: 9 } });
  // A run tells host names, paths and accounts.
  const written = pipeline(archive, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  for (const { name, content } of contents) archive.append(content, { name, mode: 0o600 });
  await Promise.all([archive.finalize(), written]);
}
