import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openDoor, type Door } from '../../helpers/door.ts';
import { usePostgres, type TestPostgres } from '../../helpers/postgres.ts';
import { answerAsRepository } from './repository-port.ts';
import { answerFacts } from './windows-facts.ts';
import { openWindowsLab, put, type WindowsLab } from './windows-lab.ts';
import { makeDatabases, makeWindowsSite, type WindowsSite } from './windows-site.ts';

/** What a test has of its site. */
type Opened = () => { readonly lab: WindowsLab; readonly site: WindowsSite; readonly database: TestPostgres };

/**
 * A laboratory with a site for the tests of one `describe`, ended after them. Call it at its top, and the function it gives
 * inside tests. `files`: what lies in the share, by path.
 */
export function useWindowsSite(files: Readonly<Record<string, string>>): Opened {
  const postgres = usePostgres({ major: 14 });
  return useSite(files, postgres, async (lab) => {
    await makeDatabases(postgres().address);
    return makeWindowsSite(lab, postgres().address);
  });
}

/**
 * The same with May 2022 and its PostgreSQL 12. One of version 14 stands ready behind the same port, with the same databases:
 * it answers once Windows says that the Qlik PostgreSQL Installer made it.
 */
export function useSiteWithOldDatabase(files: Readonly<Record<string, string>>): Opened {
  const [old, made] = [usePostgres({ major: 12 }), usePostgres({ major: 14 })];
  let door: Door | undefined;
  afterAll(() => door?.close());
  return useSite(files, old, async (lab) => {
    const told = join(lab.drive, 'lab', 'powershell', 'discover.json');
    const isReplaced = (): boolean => readFileSync(told, 'utf8').includes('postgresql-x64-14');
    door = await openDoor(() => (isReplaced() ? made : old)().address.port);
    for (const { address } of [old(), made()]) await makeDatabases(address);
    const address = { ...old().address, host: '127.0.0.1', port: door.port };
    const site = await makeWindowsSite(lab, address, { release: 'May 2022', olderDatabase: true });
    answerFacts(lab, { installed: ['Qlik Sense May 2022'], database: '12.5' });
    return site;
  });
}

function useSite(
  files: Readonly<Record<string, string>>,
  database: () => TestPostgres,
  make: (lab: WindowsLab) => Promise<WindowsSite>,
): Opened {
  let repository: ReturnType<typeof answerAsRepository> | undefined;
  let lab: WindowsLab | undefined;
  let site: WindowsSite | undefined;
  beforeAll(async () => {
    repository = answerAsRepository();
    lab = await openWindowsLab();
    site = await make(lab);
    for (const [path, content] of Object.entries(files)) put(join(site.share, path), content);
  }, 900_000);
  afterAll(async () => {
    await lab?.close();
    await repository?.close();
  }, 600_000);
  return () => {
    if (lab === undefined || site === undefined) throw new Error('the site is there only inside tests');
    return { lab, site, database: database() };
  };
}
