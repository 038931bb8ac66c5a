import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { outputFile } from 'fs-extra/esm';
import { createDemoDatabases } from './databases.ts';
import { writeDemoNodes } from './nodes.ts';
import { writeProgramFiles } from './program-files.ts';
import { demoReadme } from './readme.ts';
import { writeDemoShare } from './share.ts';
import { demoSiteFile } from './site-file.ts';
import type { DemoPaths } from './site-paths.ts';
import { DEMO_SHAPE } from './site-shape.ts';
import type { SiteShape } from './site-shape.ts';
import { startMachine } from './start-machine.ts';
import type { DemoSite, MachineOptions } from './start-machine.ts';

/** What a simulated site is built with. */
export interface BuildOptions extends MachineOptions {
  /** Name and nodes; those of the demo by default. */
  readonly shape?: SiteShape;
}

/**
 * Builds a simulated Qlik Sense site with a real database, real files and real certificates, and starts its database.
 * Leaves nothing behind when it fails or is interrupted.
 * @throws UsageError when the folder is in use, PreflightError without PostgreSQL, the signal's reason.
 */
export async function buildDemoSite(options: BuildOptions): Promise<DemoSite> {
  const { shape = DEMO_SHAPE } = options;
  const passwords = { database: newPassword(), certificates: newPassword(), role: newPassword() };
  return startMachine(
    options,
    async (paths) => {
      await writeSecrets(paths, passwords);
      return passwords.database;
    },
    async (paths, cluster) => {
      await settled([
        createDemoDatabases(
          { nodes: shape.nodes, shareRoot: paths.share, database: cluster.address },
          passwords.role,
        ),
        writeDemoShare(paths.share),
        writeQvds(paths.extra),
        writeDemoNodes(paths, shape),
        writeProgramFiles(paths),
      ]);
      options.signal.throwIfAborted();
      await writeFile(paths.siteFile, demoSiteFile(paths, cluster.address, shape));
      await writeFile(paths.readme, demoReadme(paths));
    },
  );
}

/** Writes the passwords that the site file refers to. */
export async function writeSecrets(
  paths: DemoPaths,
  { database, certificates }: { readonly database: string; readonly certificates: string },
): Promise<void> {
  await mkdir(path.dirname(paths.databasePassword), { mode: 0o700 });
  await writeFile(paths.databasePassword, `${database}\n`, { mode: 0o600 });
  await writeFile(paths.certificatePassword, `${certificates}\n`, { mode: 0o600 });
}

/** A new random password. */
export function newPassword(): string {
  return randomBytes(12).toString('base64url');
}

async function writeQvds(folder: string): Promise<void> {
  for (const name of ['Kunden.qvd', 'Aufträge 2026.qvd'])
    await outputFile(path.join(folder, name), randomBytes(50_000));
}

/** Waits for all of them also when one fails, so that nothing is written any more when the folder is removed. */
async function settled(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
