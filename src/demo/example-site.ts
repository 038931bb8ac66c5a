import { parseSite } from '../site/load.ts';
import type { LoadedSite } from '../site/schema.ts';
import { demoSiteFile } from './site-file.ts';
import { demoPaths } from './site-paths.ts';

/**
 * The site of the demo as it stands in its site file, for a rehearsal where there is none: it only gives the shape of the copy.
 * `file` is where a site file would be; runbooks beside it are found.
 */
export function exampleSite(file: string): LoadedSite {
  return parseSite(
    demoSiteFile(demoPaths('/example'), { host: 'localhost', port: 4432, user: 'postgres' }),
    file,
  );
}
