import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../../../../../src/contract/errors.ts';
import type { Node } from '../../../../../src/contract/node.ts';
import { systemClock } from '../../../../../src/foundation/clock.ts';
import type { InstalledFile } from '../../../../../src/platform/simulated/installed.ts';
import { createSimulatedNode } from '../../../../../src/platform/simulated/node.ts';
import { qlikServices, setUpSimulatedNode } from '../../../../../src/platform/simulated/set-up.ts';
import { testExec } from '../../../../helpers/postgres.ts';
import { temporaryFolder } from '../../../../helpers/temporary.ts';
import { installedOn, media } from '../../../../helpers/upgrade-lab.ts';

/** The installers, as their files are called. */
export const SETUP = 'Qlik_Sense_setup.exe';
export const UPDATE = 'Qlik_Sense_update.exe';
export const POSTGRES = 'Qlik_PostgreSQL_setup.exe';
/** The service of the bundled database. */
export const DATABASE = 'QlikSenseRepositoryDatabase';
/** Words of a silent upgrade that starts nothing. */
export const UPGRADE = ['-silent', 'accepteula=1', 'skipstartservices=1'];

interface Services {
  services: Record<string, { state: string; startType: string }>;
}

/** A central node in a folder with a blank, its database running and everything else stopped, and media of May 2025. */
export async function lab(installed: Partial<InstalledFile> = { release: 'February 2024' }) {
  const root = path.join(temporaryFolder(), 'a node');
  const folder = path.join(root, 'central');
  await mkdir(root);
  await setUpSimulatedNode({
    folder,
    services: qlikServices({ withDatabase: true, startMs: 0, stopMs: 0 }).map((service) => ({
      ...service,
      state: service.name === DATABASE ? 'running' : 'stopped',
    })),
    installed: { schemaVersion: 1, ...installed },
    now: new Date(),
  });
  const identity = { name: 'central', host: 'qs1', role: 'central', failoverCandidate: false } as const;
  const node: Node = createSimulatedNode({ ...identity, folder, clock: systemClock, exec: testExec });
  const log = path.join(root, 'setup log.txt');
  const files = {
    setup: media(root, SETUP, 'Qlik Sense May 2025'),
    update: media(root, UPDATE, 'Qlik Sense May 2025 Patch 3'),
    postgres: media(root, POSTGRES, 'Qlik PostgreSQL Installer 14.17'),
  };
  const config = path.join(root, 'a config.cfg');
  const settings = [
    ...['DbUserName', 'DbUserPassword', 'DbSuperUserPassword', 'DbHost', 'DbPort'],
    ...['RootDir', 'AppsDir', 'StaticContentRootDir', 'ArchivedLogsDir'],
  ];
  await writeFile(config, settings.map((name) => `<${name}>x</${name}>\n`).join(''), { mode: 0o600 });
  async function run(argv: readonly string[], signal?: AbortSignal): Promise<number> {
    try {
      await node.exec(argv, signal === undefined ? {} : { signal });
      return 0;
    } catch (error) {
      if (!(error instanceof CommandError) || error.code === undefined) throw error;
      return error.code | 0;
    }
  }
  const services = () =>
    (JSON.parse(readFileSync(path.join(folder, 'services.json'), 'utf8')) as Services).services;
  const running = () =>
    Object.entries(services()).flatMap(([name, { state }]) => (state === 'running' ? [name] : []));
  return {
    folder,
    root,
    config,
    node,
    log,
    run,
    services,
    running,
    ...files,
    has: () => installedOn(folder),
  };
}
