import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createEmptyDatabases } from './databases.ts';
import { newPassword, writeSecrets } from './build-site.ts';
import { writeInstalledNodes } from './nodes.ts';
import { writeProgramFiles } from './program-files.ts';
import { demoSiteFile } from './site-file.ts';
import type { DemoPaths } from './site-paths.ts';
import type { SiteShape } from './site-shape.ts';
import { startMachine } from './start-machine.ts';
import type { DemoSite, MachineOptions } from './start-machine.ts';

/** The new server of a site that was lost: another host name, and a share and a database server of its own. */
export const NEW_SHAPE: SiteShape = {
  name: 'demo',
  nodes: [{ name: 'central', host: 'qs-new.demo.example', role: 'central', failoverCandidate: false }],
  databaseNode: 'central',
};

/** What a new machine is made with. */
export interface NewMachineOptions extends MachineOptions {
  /** The site that was lost: its vault and the password of its certificate files are what is left. */
  readonly lost: Pick<DemoPaths, 'vault' | 'certificatePassword'>;
  /** Default: the new server alone. */
  readonly shape?: SiteShape;
}

/**
 * Builds a machine on which Qlik Sense was installed with its services not started: empty databases, an empty share, no
 * certificates. Its site file names the vault of the site that was lost.
 * @throws UsageError when the folder is in use, PreflightError without PostgreSQL, the signal's reason.
 */
export async function buildNewMachine(options: NewMachineOptions): Promise<DemoSite> {
  const { lost, shape = NEW_SHAPE } = options;
  const certificates = (await readFile(lost.certificatePassword, 'utf8')).trim();
  const database = newPassword();
  return startMachine(
    options,
    async (paths) => {
      await writeSecrets(paths, { database, certificates });
      return database;
    },
    async (paths, cluster) => {
      await createEmptyDatabases(cluster.address, newPassword());
      await Promise.all([mkdir(paths.share, { recursive: true }), mkdir(paths.extra, { recursive: true })]);
      await writeInstalledNodes(paths, shape);
      await writeProgramFiles(paths);
      const here = { ...paths, vault: lost.vault };
      await writeFile(paths.siteFile, demoSiteFile(here, cluster.address, shape));
    },
  );
}
