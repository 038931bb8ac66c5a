import { availableParallelism, tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/contract/operation.ts';
import { createDemoDatabases } from '../../src/demo/databases.ts';
import { DEMO_SHAPE } from '../../src/demo/site-shape.ts';
import { freeBytes } from '../../src/platform/space.ts';
import { newestJournal, openSiteWithoutDatabase, type ToolResult } from '../helpers/lab.ts';
import {
  digestOfGigabyte,
  GIGABYTE,
  plantGigabyte,
  sizeOf,
  workOnGigabyte,
  type LargeDigest,
} from '../helpers/large-database.ts';
import { usePostgres } from '../helpers/postgres.ts';
import { setsOf } from '../helpers/soundness.ts';

/** The database, the one that is restored beside it, three dumps, and what sorting takes meanwhile. */
const NEEDED = 7 * GIGABYTE;
const APPROVED = ['--approve', 'destroy=demo'];
const JOBS = Math.min(4, availableParallelism());
/** What a machine takes at worst that has other work. */
const LIMIT_MS = 900_000;
/** A disk, not memory: other tests that run meanwhile need that. */
const place = tmpdir();

const missing = await whyNot();
if (missing !== undefined) console.warn(`skipped: a database of 1 GB: ${missing}`);

async function whyNot(): Promise<string | undefined> {
  if (availableParallelism() < 2) return 'with one processor there are no jobs side by side';
  const free = await freeBytes(place);
  if (free >= NEEDED) return undefined;
  const text = (bytes: number): string => `${(bytes / GIGABYTE).toFixed(1)} GiB`;
  return `${text(NEEDED)} are needed in ${place}, and ${text(free)} are free`;
}

describe.skipIf(missing !== undefined)('a site with a database of 1 GB', { shuffle: false }, () => {
  const postgres = usePostgres({
    place,
    // As the site file of the lab has it.
    password: 'a password',
    // What is loaded is written once, not a second time into the log: it is thrown away in the end.
    settings: { wal_level: 'minimal', max_wal_senders: 0, autovacuum: 'off', maintenance_work_mem: '192MB' },
  });
  let site: Awaited<ReturnType<typeof openSiteWithoutDatabase>>;
  let ofSets: LargeDigest;
  let later: LargeDigest;
  const sets: Record<string, string> = {};

  beforeAll(async () => {
    site = await openSiteWithoutDatabase({ place, programFiles: true });
    const { address: database } = postgres();
    await createDemoDatabases({ nodes: DEMO_SHAPE.nodes, shareRoot: site.share, database }, 'another one');
    site.edit((content) => {
      Object.assign(content['database'] as object, { host: database.host, port: database.port });
    });
    await plantGigabyte(postgres(), 'QSR');
    expect(await sizeOf(postgres(), 'QSR')).toBeGreaterThanOrEqual(GIGABYTE);
    ofSets = await digestOfGigabyte(postgres(), 'QSR');
    for (const format of ['custom', 'directory', 'tar']) {
      await tool('backup', '--yes', '--format', format);
      sets[format] = (await setsOf(site)).at(-1)?.id ?? '';
    }
    await workOnGigabyte(postgres(), 'QSR');
    later = await digestOfGigabyte(postgres(), 'QSR');
    expect(await sizeOf(postgres(), 'QSR')).toBeGreaterThanOrEqual(GIGABYTE);
  }, LIMIT_MS);

  afterAll(async () => {
    await site.close();
  });

  async function tool(...args: string[]): Promise<ToolResult> {
    const run = await site.run(args, { timeoutMs: LIMIT_MS });
    expect(run.code, `${args.join(' ')}\n${run.stdout}${run.stderr}`).toBe(0);
    return run;
  }

  /** The programs that loaded the large database in the newest run. */
  function loads(): (readonly string[])[] {
    return newestJournal(site).flatMap(({ type, phase, operation }) => {
      if (type !== 'operation' || phase !== 'begin') return [];
      const { kind, argv = [] } = operation as Operation & { readonly argv?: readonly string[] };
      const isLoad = kind === 'command' && argv.some((word) => word.startsWith('QSR_restore_'));
      return isLoad && /pg_restore$/.test(argv[0] ?? '') ? [argv] : [];
    });
  }

  /** That one of them did it by several jobs, from such a dump. */
  function expectJobs(dump: RegExp): void {
    expect(loads()).toHaveLength(1);
    const [argv = []] = loads();
    expect(argv.at(-1)).toMatch(dump);
    expect(argv).toContain('-j');
    expect(Number(argv[argv.indexOf('-j') + 1])).toBe(JOBS);
    expectCompared();
  }

  function expectCompared(): void {
    const journal = newestJournal(site);
    const rows = Object.values(ofSets.tables).reduce((sum, table) => sum + table.rows, 0);
    const result = journal.find(({ type, step }) => type === 'result' && step === 'load-databases');
    const { databases } = result?.['outputs'] as { databases: { name: string; rows: number }[] };
    const large = databases.find(({ name }) => name === 'QSR');
    expect(large).toMatchObject({ compared: true });
    expect(large?.rows).toBeGreaterThanOrEqual(rows);
  }

  it(
    'is restored with jobs from a custom dump, all that it held compared, and put back by rollback',
    async () => {
      await tool('restore', sets['custom'] ?? '', ...APPROVED);
      expectJobs(/QSR_backup\.dump$/);
      expect(await digestOfGigabyte(postgres(), 'QSR')).toEqual(ofSets);
      await tool('rollback', ...APPROVED);
      expect(await digestOfGigabyte(postgres(), 'QSR')).toEqual(later);
    },
    LIMIT_MS,
  );

  it(
    'gets that database alone with jobs from a dump in directory format, and the old one back by rollback',
    async () => {
      await tool('restore', sets['directory'] ?? '', '--database', 'QSR', ...APPROVED);
      expectJobs(/QSR_backup$/);
      expect(await digestOfGigabyte(postgres(), 'QSR')).toEqual(ofSets);
      await tool('rollback', ...APPROVED);
      expect(await digestOfGigabyte(postgres(), 'QSR')).toEqual(later);
    },
    LIMIT_MS,
  );

  it(
    'gets that database from a tar dump by several programs, and the old one back by rollback',
    async () => {
      await tool('restore', sets['tar'] ?? '', '--database', 'QSR', ...APPROVED);
      const sections = loads().map((argv) => argv.find((word) => word.startsWith('--section=')));
      const rows = Array.from({ length: JOBS }, () => '--section=data');
      expect(sections).toEqual(['--section=pre-data', ...rows, '--section=post-data']);
      expectCompared();
      expect(await digestOfGigabyte(postgres(), 'QSR')).toEqual(ofSets);
      await tool('rollback', ...APPROVED);
      expect(await digestOfGigabyte(postgres(), 'QSR')).toEqual(later);
    },
    LIMIT_MS,
  );
});
