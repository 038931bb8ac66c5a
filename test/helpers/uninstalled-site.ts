import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { inject } from 'vitest';
import { demoPaths } from '../../src/demo/site-paths.ts';
import { clusterFiles } from '../../src/postgres/cluster-files.ts';
import type { Lab, LabSite } from './lab.ts';
import { makeOpenFolder } from './postgres.ts';
import { installOn, media, nodesOf } from './upgrade-lab.ts';

/** A site whose Qlik Sense was uninstalled. */
export interface UninstalledSite {
  readonly site: LabSite;
  /** Folder of the central node. */
  readonly central: string;
  /** Where everything is dumped into; in `scratch`. */
  readonly dump: string;
  /** Parameters of `upgrade-after-uninstall`. */
  readonly flags: readonly string[];
  /** Folder for scratch databases, which nothing but the dump may stay in. */
  readonly scratch: string;
  readonly end: () => void;
}

/** Makes one: the data folder of PostgreSQL is left. */
export async function uninstalledSite(lab: Lab, { rims = true } = {}): Promise<UninstalledSite> {
  const site = lab.site({ small: true });
  const scratch = await makeOpenFolder('sense-runbook-scratch-');
  site.edit((content) => {
    content['drill'] = { folder: scratch };
    if (!rims)
      content['nodes'] = (content['nodes'] as { role: string }[]).filter(({ role }) => role === 'central');
  });
  await installOn(nodesOf(site), {});
  const { data } = clusterFiles(demoPaths(inject('labTemplate')).postgresql);
  const dump = join(scratch, 'all databases.sql');
  const setup = media(site.folder, 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025');
  return {
    ...{ site, dump, scratch },
    central: site.node('central'),
    flags: settings({ to: 'May 2025', setup, folder: data, dumpFile: dump }),
    end: () => {
      rmSync(scratch, { recursive: true });
    },
  };
}

/** Parameters as flags of a command line. */
export function settings(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
}
