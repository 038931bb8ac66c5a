import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { outputFile } from 'fs-extra/esm';
import { seededRandom } from './random.ts';
import type { SeededRandom } from './random.ts';

const APPS = 24;
const EXTENSIONS = ['Übersicht-Karte', 'sales-kpi', 'org-chart', 'グラフ', 'waterfall', 'export-button'];
const FILES_PER_EXTENSION = 105;
const LOG_FILES = 90;
const CUSTOM_FILES = 40;
/** The files look as if they were written in the weeks before this moment. */
const NEWEST = Date.UTC(2026, 9, 1);

/** How much there is in the share. Bytes. */
export interface DemoShare {
  readonly files: number;
  readonly bytes: number;
}

/** Writes a file share as Qlik Sense lays it out (manual 5.6 step 3, p. 209): apps, static content, archived logs, custom data. */
export async function writeDemoShare(root: string): Promise<DemoShare> {
  const random = seededRandom('share');
  let files = 0;
  let bytes = 0;

  async function put(relative: string, content: Buffer | string): Promise<void> {
    const file = path.join(root, relative);
    await outputFile(file, content);
    const time = new Date(NEWEST - random.between(60, 60 * 86_400) * 1000);
    await utimes(file, time, time);
    files += 1;
    bytes += Buffer.byteLength(content);
  }

  // Apps have no extension: the file's name is the app's ID.
  for (let app = 0; app < APPS; app += 1) {
    await put(`Apps/${random.uuid()}`, random.bytes(random.between(200_000, 1_600_000)));
  }
  await put('Apps/Search/index.bin', random.bytes(40_000));
  for (const extension of EXTENSIONS) {
    const folder = `StaticContent/Extensions/${extension}`;
    await put(`${folder}/${extension}.qext`, JSON.stringify({ name: extension, type: 'visualization' }));
    for (let file = 1; file < FILES_PER_EXTENSION; file += 1) {
      const kind = random.pick(['js', 'css', 'svg', 'json']);
      await put(`${folder}/${random.pick(['lib', 'css', 'img'])}/f${file}.${kind}`, script(random, file));
    }
  }
  await put('StaticContent/AppContent/README.txt', '');
  for (let log = 0; log < LOG_FILES; log += 1) {
    const service = random.pick(['Engine', 'Proxy', 'Repository', 'Scheduler']);
    const name = `${log % 2 === 0 ? 'QS1' : 'QS2'}_${random.pick(['Audit', 'System', 'Trace'])}_${log}.log`;
    await put(`ArchivedLogs/${log % 2 === 0 ? 'qs1' : 'qs2'}/${service}/${name}`, logLines(random));
  }
  for (let file = 0; file < CUSTOM_FILES; file += 1) {
    await put(`CustomData/64/Verkäufe ${file}.qvd`, random.bytes(random.between(20_000, 180_000)));
  }
  return { files, bytes };
}

function script(random: SeededRandom, number: number): string {
  const line = `define(['qlik', './part${number}'], function (qlik, part) { return part.paint(qlik); });\n`;
  return line.repeat(random.between(2, 80));
}

function logLines(random: SeededRandom): string {
  const line = '20.54.5.0\tINFO\tDOMÄNE\\dienst\tCommand=Reload app;Result=0;ResultText=Success\n';
  return Array.from({ length: random.between(200, 900) }, (_, index) => `${index + 1}\t${line}`).join('');
}
