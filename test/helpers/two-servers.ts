import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDemoDatabases } from '../../src/demo/databases.ts';
import { DEMO_SHAPE } from '../../src/demo/site-shape.ts';
import type { InstalledFile } from '../../src/platform/simulated/installed.ts';
import { openDoor } from './door.ts';
import type { LabSite } from './lab.ts';
import type { TestPostgres } from './postgres.ts';

/** What stands behind the one port of the site's database. */
export interface TwoServers {
  /** That of the bundled database. */
  readonly old: TestPostgres;
  /** The one that the stand-in for the Qlik PostgreSQL Installer is to have made. */
  readonly made: TestPostgres;
  /** What the site file says is installed. */
  readonly release: string;
}

/**
 * Puts two servers behind one port and has the site use it: which one answers is what the central node says is installed.
 * Both have the databases of a site, with other contents. Gives what closes the port.
 */
export async function useTwoServers(site: LabSite, { old, made, release }: TwoServers): Promise<() => void> {
  function target(): number {
    const file = join(site.node('central'), 'installed.json');
    const { postgres } = JSON.parse(readFileSync(file, 'utf8')) as InstalledFile;
    return (postgres?.kind === 'bundled' ? old : made).address.port;
  }

  const door = await openDoor(target);
  for (const { address } of [old, made])
    await createDemoDatabases(
      { nodes: DEMO_SHAPE.nodes, shareRoot: site.share, database: address },
      'another one',
    );
  site.edit((content) => {
    Object.assign(content['database'] as object, {
      host: '127.0.0.1',
      port: door.port,
      clients: 'allow-newer',
    });
    content['qlik'] = { ...(content['qlik'] as object), release };
    content['drill'] = { bin: old.server.folder, folder: old.folder };
  });
  return () => door.close();
}
