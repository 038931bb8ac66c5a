import fs from 'node:fs/promises';
import path from 'node:path';
import { QLIK_SERVICE_NAMES, REPOSITORY_SERVICE } from '../services/known.ts';
import { CERTIFICATE_STORES } from './certificates.ts';
import { writeInstalled } from './installed.ts';
import { INSTALLER_PROGRAMS } from './installer-programs.ts';
import { SIMULATED_NODE_README } from './readme.ts';
import { REPOSITORY_PROGRAM } from './repository-program.ts';
import { standInFor } from './stand-ins.ts';
import type { ServicesFile, SimulatedService } from './state.ts';

/** A service to be made; what is left out is: automatic, running, no dependencies, no delay. */
export type NewService = { readonly name: string } & Partial<Omit<SimulatedService, 'since' | 'next'>>;

/** A simulated node to be made. */
export interface NewSimulatedNode {
  readonly folder: string;
  readonly services: readonly NewService[];
  readonly readyMs?: number;
  /** What is installed; absent: nothing of that is simulated, and there are no installers. */
  readonly installed?: Parameters<typeof writeInstalled>[1];
  readonly now: Date;
}

/** Makes the folder of a simulated node with its services, its certificate stores, a stand-in for Repository.exe, and a README. */
export async function setUpSimulatedNode(node: NewSimulatedNode): Promise<void> {
  const services = node.services.map(({ name, ...given }): [string, SimulatedService] => [
    name,
    {
      displayName: QLIK_SERVICE_NAMES.get(name) ?? name,
      state: 'running',
      startType: 'automatic',
      dependsOn: [],
      startMs: 0,
      stopMs: 0,
      ...given,
      since: node.now.toISOString(),
    },
  ]);
  const content: ServicesFile = {
    schemaVersion: 1,
    readyMs: node.readyMs ?? 0,
    services: Object.fromEntries(services),
  };
  for (const store of CERTIFICATE_STORES)
    await fs.mkdir(path.join(node.folder, 'certificates', ...store.split('/')), {
      recursive: true,
      mode: 0o700,
    });
  const program = standInFor(node.folder, 'Repository.exe');
  await fs.mkdir(path.dirname(program), { recursive: true });
  await fs.writeFile(program, REPOSITORY_PROGRAM);
  if (node.installed !== undefined) await installOnSimulatedNode(node.folder, node.installed);
  await fs.writeFile(path.join(node.folder, 'README.txt'), SIMULATED_NODE_README);
  await fs.writeFile(path.join(node.folder, 'services.json'), `${JSON.stringify(content, undefined, 2)}\n`);
}

/** Tells a node what is installed on it, and gives it stand-ins for the installers. */
export async function installOnSimulatedNode(
  folder: string,
  installed: Parameters<typeof writeInstalled>[1],
): Promise<void> {
  for (const [installer, text] of INSTALLER_PROGRAMS) await fs.writeFile(standInFor(folder, installer), text);
  await writeInstalled(folder, installed);
}

/** The services of a node as a current installation makes them; only a central node has the bundled database. */
export function qlikServices(options: {
  readonly withDatabase: boolean;
  readonly startMs: number;
  readonly stopMs: number;
}): NewService[] {
  const { withDatabase, startMs, stopMs } = options;
  const database = 'QlikSenseRepositoryDatabase';
  const names = [...QLIK_SERVICE_NAMES.keys()].filter(
    (name) => name !== 'QlikLoggingService' && (withDatabase || name !== database),
  );
  return names.map((name) => ({ name, startMs, stopMs, dependsOn: dependencies(name) }));

  // Qlik documents no dependencies; these make the order of the manual matter.
  function dependencies(name: string): string[] {
    if (name === database || name === 'QlikSenseServiceDispatcher') return [];
    if (name === REPOSITORY_SERVICE) return withDatabase ? [database] : [];
    return [REPOSITORY_SERVICE];
  }
}
