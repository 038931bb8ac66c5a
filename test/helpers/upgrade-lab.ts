import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledFile } from '../../src/platform/simulated/installed.ts';
import { installOnSimulatedNode } from '../../src/platform/simulated/set-up.ts';
import type { Lab, LabSite, ServicesFile } from './lab.ts';

/** Orders to the stand-ins for the installers of a node (`programs/installer.json`). */
export interface InstallerOrders {
  readonly exit?: number;
  readonly half?: boolean;
  readonly reboot?: boolean;
  readonly log?: string;
  readonly hang?: boolean;
  readonly stepMs?: number;
  readonly times?: number;
}

/** Makes nodes say that this is installed, and gives them the stand-ins. */
export async function installOn(
  folders: readonly string[],
  installed: Partial<InstalledFile> = { release: 'February 2024' },
): Promise<void> {
  for (const folder of folders) await installOnSimulatedNode(folder, { schemaVersion: 1, ...installed });
}

/** A small site on which a release is installed, and whose site file says so. */
export async function openSiteWith(lab: Lab, release: string): Promise<LabSite> {
  const site = lab.site({ small: true });
  site.edit((content) => {
    content['qlik'] = { ...(content['qlik'] as object | undefined), release };
  });
  await installOn(nodesOf(site), { release });
  return site;
}

/** A media file that says what it is: `Qlik Sense May 2025`. Gives its path. */
export function media(folder: string, program: string, product: string): string {
  const file = join(folder, program);
  writeFileSync(file, `${JSON.stringify({ product, version: '1.0' })}\n`);
  return file;
}

/** What is installed on a node: `May 2025 Patch 3`. */
export function installedOn(folder: string): string {
  const { release = 'nothing', patch = 0 } = readInstalled(folder) as Partial<InstalledFile>;
  return patch === 0 ? release : `${release} Patch ${String(patch)}`;
}

/** Orders what the installers of a node do next. */
export function order(folder: string, orders: InstallerOrders): void {
  writeFileSync(join(folder, 'programs', 'installer.json'), JSON.stringify(orders));
}

/** How the installers of a node were called, one line each. */
export function installerCalls(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'programs', 'installers.log'), 'utf8')
      .trimEnd()
      .split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Windows is restarted: nothing is pending any more, and services of automatic start run. */
export function restartNode(folder: string): void {
  writeFileSync(join(folder, 'installed.json'), JSON.stringify({ ...readInstalled(folder), reboot: [] }));
  const file = join(folder, 'services.json');
  const content = JSON.parse(readFileSync(file, 'utf8')) as ServicesFile;
  for (const service of Object.values(content.services)) {
    if (service.startType !== 'automatic') continue;
    Object.assign(service, { state: 'running', since: new Date().toISOString() });
    delete service.next;
  }
  writeFileSync(file, JSON.stringify(content));
}

/** Both nodes of a site of the lab. */
export function nodesOf(site: LabSite): string[] {
  return [site.node('central'), site.node('rim')];
}

function readInstalled(folder: string): InstalledFile {
  return JSON.parse(readFileSync(join(folder, 'installed.json'), 'utf8')) as InstalledFile;
}
