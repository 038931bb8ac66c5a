import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { seededRandom, type SeededRandom } from '../../src/demo/random.ts';

/** How much there is. Bytes. */
export interface ShareSize {
  readonly files: number;
  readonly bytes: number;
}

const BLOCK = 1024 * 1024;
const APP_BYTES = 2.6e9;
const QVD_BYTES = 0.5e9;
const LOG_BYTES = 0.8e9;
const SMALL_FILES = 27_000;
/** The files look as if they were written in the months before this moment. */
const NEWEST = Date.UTC(2026, 9, 1) / 1000;

/**
 * Writes a share as Qlik lays it out; scale 1 is about 4 GB in 30,000 files: a few large apps and QVDs, very many small
 * files of extensions, logs. The same for the same scale.
 */
export function writeBenchShare(root: string, scale: number): ShareSize {
  const random = seededRandom('bench');
  const size = { files: 0, bytes: 0 };
  const put = (relative: string, bytes: number, compressible: boolean): void => {
    const file = path.join(root, relative);
    mkdirSync(path.dirname(file), { recursive: true });
    writeContent(file, bytes, random, compressible);
    const time = NEWEST - random.between(60, 2e7);
    utimesSync(file, time, time);
    size.files += 1;
    size.bytes += bytes;
  };
  fill(APP_BYTES * scale, random, { median: 8e6, spread: 3.7, least: 1e6, most: 2e8 }, (bytes) => {
    put(`Apps/${random.uuid()}`, bytes, false);
  });
  fill(QVD_BYTES * scale, random, { median: 3e6, spread: 3, least: 2e5, most: 6e7 }, (bytes) => {
    put(`Apps/DataPrepAppCache/${random.uuid()}.qvd`, bytes, false);
  });
  const folders = ['', 'lib/', 'css/', 'img/', 'lib/vendor/'];
  for (let made = 0; made < SMALL_FILES * scale; made += 1) {
    const extension = `StaticContent/Extensions/ext-${String(Math.floor(made / 80))}`;
    const kind = random.pick(['js', 'css', 'svg', 'json', 'html', 'png']);
    const bytes = skewed(random, { median: 2500, spread: 3.7, least: 80, most: 2e5 });
    put(`${extension}/${random.pick(folders)}f${String(made)}.${kind}`, bytes, true);
  }
  let log = 0;
  fill(LOG_BYTES * scale, random, { median: 3.3e5, spread: 2.1, least: 5e4, most: 5e6 }, (bytes) => {
    const service = random.pick(['Engine', 'Proxy', 'Repository', 'Scheduler', 'Printing']);
    put(
      `ArchivedLogs/node${String(log % 3)}/${service}/${random.pick(['Audit', 'System', 'Trace'])}_${String(log)}.log`,
      bytes,
      true,
    );
    log += 1;
  });
  return size;
}

/** Writes `files` small files, a hundred in a folder. */
export function writeManyFiles(root: string, files: number): void {
  for (let file = 0; file < files; file += 1) {
    const folder = path.join(root, `f${String(Math.floor(file / 100))}`);
    if (file % 100 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `file ${String(file)}.txt`), `content of file ${String(file)}\n`);
  }
}

/** A day's work: 1 % of the apps and of the small files rewritten, 3 % new logs, a few deleted. Gives the files touched. */
export function changeBenchShare(root: string, day: number): number {
  const random = seededRandom(`day ${String(day)}`);
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const among = (part: string): string[] => files.filter((file) => file.includes(part));
  let touched = 0;
  const apps = files.filter((file) => path.basename(path.dirname(file)) === 'Apps');
  for (const file of choose(apps, Math.max(2, apps.length * 0.01), random)) {
    writeContent(file, statSync(file).size, random, false);
    touched += 1;
  }
  for (const file of choose(among('Extensions'), among('Extensions').length * 0.01, random)) {
    appendFileSync(file, `/* edit ${String(day)} */\n`);
    touched += 1;
  }
  const logs = among('ArchivedLogs');
  for (const [index, file] of choose(logs, Math.max(5, logs.length * 0.03), random).entries()) {
    writeContent(
      path.join(path.dirname(file), `new_${String(day)}_${String(index)}.log`),
      statSync(file).size,
      random,
      true,
    );
    touched += 1;
  }
  for (const file of choose(logs, Math.max(3, logs.length * 0.01), random)) {
    rmSync(file);
    touched += 1;
  }
  return touched;
}

interface Sizes {
  readonly median: number;
  /** Two thirds of the files are between the median divided by this and the median times this. */
  readonly spread: number;
  readonly least: number;
  readonly most: number;
}

function fill(total: number, random: SeededRandom, sizes: Sizes, put: (bytes: number) => void): void {
  for (let left = total; left > 0;) {
    const bytes = Math.min(skewed(random, sizes), Math.max(sizes.least, Math.floor(left)));
    put(bytes);
    left -= bytes;
  }
}

/** Many small ones, few large ones. */
function skewed(random: SeededRandom, { median, spread, least, most }: Sizes): number {
  const uniform = (): number => random.between(1, 1_000_000) / 1_000_001;
  const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return Math.floor(Math.min(most, Math.max(least, median * spread ** normal)));
}

function writeContent(file: string, bytes: number, random: SeededRandom, compressible: boolean): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let left = bytes; left > 0; left -= BLOCK) {
      const length = Math.min(left, BLOCK);
      const block = compressible ? text(random, length) : random.bytes(length);
      writeSync(descriptor, block);
    }
  } finally {
    closeSync(descriptor);
  }
}

function text(random: SeededRandom, length: number): Buffer {
  const line = `${random.uuid()}\tINFO\tCommand=Reload app;Result=0;ResultText=Success\n`;
  return Buffer.alloc(length, line);
}

function choose(files: readonly string[], count: number, random: SeededRandom): string[] {
  const chosen = new Set<string>();
  const wanted = Math.min(files.length, Math.round(count));
  while (chosen.size < wanted) chosen.add(random.pick(files));
  return [...chosen];
}
