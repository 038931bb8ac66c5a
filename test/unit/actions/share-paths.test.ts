import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareShare } from '../../../src/actions/share-paths.ts';
import type { SharedPersistence } from '../../../src/postgres/topology.ts';
import type { SiteShare } from '../../../src/site/schema.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const compare = async (share: Partial<SiteShare>, told: SharedPersistence): Promise<string[]> =>
  (await compareShare({ root: String.raw`\\files\Qlik`, exclude: [], ...share }, told)).map(
    ({ id, status, message }) => `${id} ${status}: ${message}`,
  );

describe('the share of site.yaml as against the database', () => {
  it('is the same without regard to case, slashes and folders inside the root', async () => {
    const told = {
      rootFolder: String.raw`\\FILES\qlik\\`.slice(0, -1),
      appFolder: String.raw`\\files\qlik/Apps`,
      staticContentFolder: String.raw`\\files\Qlik\StaticContent`,
      archivedLogsFolder: String.raw`E:\Logs`,
    };
    expect(await compare({ archivedLogs: 'e:/logs' }, told)).toEqual([]);
    expect(await compare({}, {})).toEqual([]);
  });

  it('is another one, each folder named with both paths', async () => {
    const told = {
      rootFolder: String.raw`\\files\Qlik2`,
      appFolder: String.raw`E:\Apps`,
      staticContentFolder: String.raw`\\files\Qlik2\StaticContent`,
      archivedLogsFolder: String.raw`F:\Logs`,
    };
    expect(await compare({ archivedLogs: String.raw`E:\Logs` }, told)).toEqual([
      String.raw`share-paths warning: The root of the file share is \\files\Qlik2 in the site's database; site.yaml has another folder, \\files\Qlik.`,
      String.raw`share-paths warning: The folder for apps, E:\Apps, lies outside of the root of the file share and is not in site.yaml: backups do not have it.`,
      String.raw`share-paths warning: The folder for archived logs is F:\Logs in the site's database; site.yaml has another one, E:\Logs.`,
    ]);
  });

  it('is the same when two paths lead to one folder', async () => {
    const folder = temporaryFolder();
    const [real, other] = [path.join(folder, 'real'), path.join(folder, 'other')];
    await fs.mkdir(real);
    expect(await compare({ root: real }, { rootFolder: other })).toHaveLength(1);
    await fs.symlink(real, other);
    expect(await compare({ root: real }, { rootFolder: other })).toEqual([]);
  });
});
