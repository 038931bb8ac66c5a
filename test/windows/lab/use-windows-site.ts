import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { usePostgres, type TestPostgres } from '../../helpers/postgres.ts';
import { answerAsRepository } from './repository-port.ts';
import { openWindowsLab, put, type WindowsLab } from './windows-lab.ts';
import { makeDatabases, makeWindowsSite, type WindowsSite } from './windows-site.ts';

/**
 * A laboratory with a site for the tests of one `describe`, ended after them. Call it at its top, and the function it gives
 * inside tests. `files`: what lies in the share, by path.
 */
export function useWindowsSite(
  files: Readonly<Record<string, string>>,
): () => { readonly lab: WindowsLab; readonly site: WindowsSite; readonly database: TestPostgres } {
  const postgres = usePostgres({ major: 14 });
  let repository: ReturnType<typeof answerAsRepository> | undefined;
  let lab: WindowsLab | undefined;
  let site: WindowsSite | undefined;
  beforeAll(async () => {
    repository = answerAsRepository();
    lab = await openWindowsLab();
    await makeDatabases(postgres().address);
    site = await makeWindowsSite(lab, postgres().address);
    for (const [path, content] of Object.entries(files)) put(join(site.share, path), content);
  }, 240_000);
  afterAll(async () => {
    await lab?.close();
    await repository?.close();
  }, 180_000);
  return () => {
    if (lab === undefined || site === undefined) throw new Error('the site is there only inside tests');
    return { lab, site, database: postgres() };
  };
}
