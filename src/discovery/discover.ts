import { stat } from 'node:fs/promises';
import { ExpectedError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import { findClientPrograms } from '../postgres/find-programs.ts';
import { DISCOVER_LIMIT_MS } from '../platform/windows/discover.ts';
import type { PowerShell } from '../platform/windows/powershell.ts';
import { portIsOpen } from './port.ts';
import { readDiscovery, type WindowsFindings } from './windows.ts';

/** Port of the repository database (manual 2.5, p. 86). */
export const DATABASE_PORT = 4432;

/** Where Qlik Sense is installed unless someone chose another folder (manual 3.4, p. 176 `installdir`). */
const INSTALL_FOLDER = 'C:\\Program Files\\Qlik\\Sense';

/** How this machine is looked at. */
export interface DiscoveryCollaborators {
  readonly exec: Exec;
  /** Asked on Windows alone. */
  readonly powershell: PowerShell;
  readonly platform: NodeJS.Platform;
  readonly hostName: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: whether something accepts a connection, on this machine where no host is given. */
  readonly isListening?: (port: number, host?: string) => Promise<boolean>;
  /** Default: whether there is such a folder. */
  readonly isFolder?: (path: string) => Promise<boolean>;
}

/** PostgreSQL client programs that were found. */
export interface FoundPrograms {
  readonly folder: string;
  readonly version: string;
}

/** What this machine shows of a site. What is absent was not found. */
export interface Findings {
  readonly hostName: string;
  readonly installFolder?: string;
  readonly programDataFolder?: string;
  /** Port on which a database listens here. */
  readonly databasePort?: number;
  /** Best first. */
  readonly clientPrograms: readonly FoundPrograms[];
  readonly release?: string;
  /** What Windows tells; absent on other systems. */
  readonly windows?: WindowsFindings;
  /** Why Windows could not be asked. */
  readonly trouble?: string;
}

/** Looks at this machine: reads folders, asks programs for their version, connects to one port, and on
 * Windows runs a script that reads. Changes nothing. */
export async function discoverSite(collaborators: DiscoveryCollaborators): Promise<Findings> {
  const { exec, platform, hostName, env } = collaborators;
  const isFolder = collaborators.isFolder ?? folderIsThere;
  const isListening = collaborators.isListening ?? portIsOpen;
  const windows = platform === 'win32';
  const programData = `${env['ProgramData'] ?? 'C:\\ProgramData'}\\Qlik\\Sense`;
  const [asked, installed, hasData, listens, programs] = await Promise.all([
    windows ? askWindows(collaborators.powershell) : NOTHING_ASKED,
    windows && isFolder(INSTALL_FOLDER),
    windows && isFolder(programData),
    isListening(DATABASE_PORT),
    findClientPrograms({ exec, platform, environment: env }),
  ]);
  return {
    hostName,
    ...asked,
    ...(installed && asked.installFolder === undefined ? { installFolder: INSTALL_FOLDER } : {}),
    ...(hasData ? { programDataFolder: programData } : {}),
    ...(listens ? { databasePort: DATABASE_PORT } : {}),
    clientPrograms: programs.map(({ folder, version }) => ({ folder, version })),
  };
}

type Asked = Pick<Findings, 'windows' | 'release' | 'installFolder' | 'trouble'>;

const NOTHING_ASKED: Asked = {};

async function askWindows(powershell: PowerShell): Promise<Asked> {
  try {
    const windows = readDiscovery(await powershell.run('discover', {}, { timeoutMs: DISCOVER_LIMIT_MS }));
    const { release, installFolder } = windows;
    return {
      windows,
      ...(release === undefined ? {} : { release }),
      ...(installFolder === undefined ? {} : { installFolder }),
    };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { trouble: error.message };
  }
}

async function folderIsThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}
