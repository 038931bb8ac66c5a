import { cp, lchown, lstat, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildDemoSite } from '../../src/demo/build-site.ts';
import { findPrograms, type DemoSite } from '../../src/demo/start-machine.ts';
import { demoPaths } from '../../src/demo/site-paths.ts';
import { adoptCluster, type Cluster } from '../../src/postgres/cluster.ts';
import { clusterFiles, readMarker, saveMarker } from '../../src/postgres/cluster-files.ts';
import { connect } from '../../src/postgres/connect.ts';
import { findFreePort } from '../../src/postgres/free-port.ts';
import { makeOpenFolder, testExec } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of a demo site whose database is stopped. */
    labTemplate: string;
  }
}

const START_ATTEMPTS = 4;

/** Run by vitest once for a project: builds one demo site, since copying it is much less work than building it anew. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeOpenFolder('sense-runbook-lab-template-');
  const { signal } = new AbortController();
  const demo = await buildDemoSite({ dir: join(folder, 'demo'), exec: testExec, signal });
  // Copies of it, and the sites of a lab, have shares of their own: here the database names none.
  const repository = await connect(demo.cluster.address, 'QSR');
  await repository.query(
    `update "ServiceClusterSettingsSharedPersistenceProperties"
        set "RootFolder" = null, "AppFolder" = null, "StaticContentRootFolder" = null, "ArchivedLogsRootFolder" = null`,
  );
  await repository.close();
  await demo.cluster.stop();
  project.provide('labTemplate', demo.paths.dir);
  return async () => {
    await demo.remove();
    await rm(folder, { recursive: true, force: true });
  };
}

/** A copy of the template in `dir`, with a database of its own that runs. */
export async function copyDemoSite(template: string, dir: string): Promise<DemoSite> {
  const [from, paths] = [demoPaths(template), demoPaths(dir)];
  await cp(template, dir, { recursive: true, preserveTimestamps: true });
  await giveAsIn(from.postgresql, paths.postgresql);
  const password = (await readFile(paths.databasePassword, 'utf8')).trimEnd();
  const { cluster, was } = await startOnOtherPort(paths.postgresql, password);
  for (const file of [paths.siteFile, paths.readme]) {
    const text = await readFile(file, 'utf8');
    const moved = text.replaceAll(template, dir).replaceAll(`port: ${was}`, `port: ${cluster.address.port}`);
    await writeFile(file, moved);
  }
  return {
    paths,
    cluster,
    async remove() {
      await cluster.remove();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** When this is root, the files belong to the user that PostgreSQL runs as, which copying does not keep. */
async function giveAsIn(from: string, to: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  for (const name of ['.', ...(await readdir(from, { recursive: true }))]) {
    const { uid, gid } = await lstat(join(from, name));
    await lchown(join(to, name), uid, gid);
  }
}

async function startOnOtherPort(
  folder: string,
  password: string,
): Promise<{ cluster: Cluster; was: number }> {
  const files = clusterFiles(folder);
  const marker = await readMarker(files);
  if (marker === undefined) throw new Error(`${folder} is no copy of a cluster of ours`);
  const settings = await readFile(files.settings, 'utf8');
  const tools = { exec: testExec, programs: await findPrograms(testExec) };
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    await saveMarker(files, { ...marker, port });
    await writeFile(files.settings, settings.replace(/^port = .*$/m, `port = '${port}'`));
    try {
      await (await adoptCluster(folder, tools, password))?.start();
      const cluster = await adoptCluster(folder, tools, password);
      if (cluster === undefined) throw new Error(`the cluster in ${folder} is gone`);
      return { cluster, was: marker.port };
    } catch (error) {
      // Somebody took the free port in between.
      if (attempt >= START_ATTEMPTS) throw error;
    }
  }
}
