import fs from 'node:fs/promises';
import path from 'node:path';
import { codeOf, isMissing } from './error-codes.ts';

/** Where the parts of a cluster of ours lie. */
export interface ClusterFiles {
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  readonly settings: string;
  readonly marker: string;
  readonly passFile: string;
}

/** What the marker tells a later process about a cluster; no password. */
export interface ClusterMarker {
  readonly schemaVersion: 1;
  readonly port: number;
  readonly superuser: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** The paths inside a cluster's folder. */
export function clusterFiles(folder: string): ClusterFiles {
  const full = path.resolve(folder);
  return {
    folder: full,
    data: path.join(full, 'data'),
    log: path.join(full, 'postgres.log'),
    settings: path.join(full, 'data', 'sense-runbook.conf'),
    marker: path.join(full, 'cluster.json'),
    passFile: path.join(full, 'initial-password'),
  };
}

/** Settings of postgresql.conf, one a line. */
export function settingsText(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${String(value).replaceAll('\\', '\\\\').replaceAll("'", "''")}'\n`)
    .join('');
}

/** Writes the marker, whole or not at all. */
export async function saveMarker(files: ClusterFiles, marker: ClusterMarker): Promise<void> {
  await fs.writeFile(`${files.marker}.new`, JSON.stringify(marker));
  await fs.rename(`${files.marker}.new`, files.marker);
}

/** The marker of a cluster of ours; undefined when the folder is none. */
export async function readMarker(files: ClusterFiles): Promise<ClusterMarker | undefined> {
  const text = await readIfThere(files.marker);
  if (text === undefined) return undefined;
  const parsed: unknown = JSON.parse(text);
  return isMarker(parsed) ? parsed : undefined;
}

function isMarker(value: unknown): value is ClusterMarker {
  return (
    typeof value === 'object' &&
    value !== null &&
    'port' in value &&
    typeof value.port === 'number' &&
    'superuser' in value &&
    typeof value.superuser === 'string'
  );
}

/**
 * The process id of the cluster's server while it runs. The pid file outlives a machine that lost power, and its number
 * may by then belong to another program: on Linux the process must work in the data folder, elsewhere its command line must name it.
 */
export async function readPid(
  files: ClusterFiles,
  commandOf: (pid: number) => Promise<string>,
): Promise<number | undefined> {
  const text = await readIfThere(path.join(files.data, 'postmaster.pid'));
  const pid = Number.parseInt(text ?? '', 10);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (process.platform === 'win32') return isRunning(pid) ? pid : undefined;
  if (process.platform !== 'linux') return (await commandOf(pid)).includes(files.data) ? pid : undefined;
  try {
    return (await fs.readlink(`/proc/${pid}/cwd`)) === (await fs.realpath(files.data)) ? pid : undefined;
  } catch (error) {
    // Not there: it has ended. No right to look: it is somebody else's.
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether there is a process with this id; `ask` throws the system's error. One that may not be asked is there too. */
export function isRunning(pid: number, ask = (one: number): unknown => process.kill(one, 0)): boolean {
  try {
    ask(pid);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** The last lines of the server's log, for an error message. */
export async function logTail(files: ClusterFiles, lines = 8): Promise<string> {
  return ((await readIfThere(files.log)) ?? '').trimEnd().split(/\r?\n/).slice(-lines).join('\n');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
