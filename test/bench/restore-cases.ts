import { readdirSync } from 'node:fs';
import path from 'node:path';
import { connect } from '../../src/postgres/connect.ts';
import { quoteName } from '../../src/postgres/recreate.ts';
import { BENCH_TABLES } from './bench-databases.ts';
import type { BenchSite } from './bench-site.ts';
import { compare, interleave, type Comparison, type Variant } from './measure.ts';
import { run } from './programs.ts';
import type { BenchOptions } from './share-cases.ts';
import { timeBetween } from './site-cases.ts';

const NAMES = Object.keys(BENCH_TABLES);
/** Databases of a run, which nobody uses. */
const BESIDE = /_(?:restore|manual)_/;

/**
 * Four databases restored beside the old ones, without comparing, against the manual's four commands one after another on
 * its tar dumps (5.7 step 4, p. 211); the empty databases of those are made before.
 */
export async function restoreCases(site: BenchSite, { rounds }: BenchOptions): Promise<Comparison[]> {
  const ours: Variant[] = [];
  for (const format of ['tar', 'custom']) {
    await site.tool('run', 'backup', '--set', `format=${format}`, '--yes');
    const set = newestSet(site);
    const name = `bench-restore-${format}`;
    site.runbook(name, {
      sections: [
        {
          id: 'restore',
          title: 'Restore',
          steps: [{ id: 'load', title: 'Load', uses: 'restore.load', with: { set, compare: false } }],
        },
      ],
    });
    ours.push({
      name: format,
      before: () => dropBeside(site),
      run: async () => {
        await site.tool('run', name, '--yes');
        return timeBetween(site.journal(), 'intent', 'result', (step) => step === 'load');
      },
    });
    if (format === 'tar') ours.push(manual(site, set));
  }
  const medians = await interleave(ours, rounds);
  await dropBeside(site);
  const peer = 'four commands';
  return [
    compare('Four databases restored from custom dumps with jobs', medians, { ours: 'custom', peer }, 0.8),
    compare('Four databases restored from tar dumps side by side', medians, { ours: 'tar', peer }, 0.85),
  ];
}

function manual(site: BenchSite, set: string): Variant {
  const { host, port, user } = site.demo.cluster.address;
  const folder = path.join(setsFolder(site), set, 'databases');
  return {
    name: 'four commands',
    before: async () => {
      await dropBeside(site);
      for (const name of NAMES)
        await sql(site, 'postgres', `CREATE DATABASE "${name}_manual_" TEMPLATE template0`);
    },
    run: async () => {
      for (const name of NAMES)
        await run('env', [
          `PGPASSFILE=${site.passFile}`,
          ...['pg_restore', '-h', host, '-p', String(port), '-U', user, '-d', `${name}_manual_`],
          path.join(folder, `${name}_backup.tar`),
        ]);
      return undefined;
    },
  };
}

async function dropBeside(site: BenchSite): Promise<void> {
  const client = await connect(site.demo.cluster.address, 'postgres', { applicationName: 'bench' });
  try {
    const rows = await client.query<{ name: string }>('select datname::text as name from pg_database');
    for (const { name } of rows.filter((row) => BESIDE.test(row.name)))
      await client.query(`DROP DATABASE ${quoteName(name)}`);
    // What the last round has left to be written belongs to nobody's time.
    await client.query('CHECKPOINT');
  } finally {
    await client.close();
  }
}

async function sql(site: BenchSite, database: string, ...statements: string[]): Promise<void> {
  const options = { applicationName: 'bench', statementTimeoutMs: 0 };
  const client = await connect(site.demo.cluster.address, database, options);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.close();
  }
}

function setsFolder(site: BenchSite): string {
  const vault = site.demo.paths.vault;
  const [folder = ''] = readdirSync(vault);
  return path.join(vault, folder);
}

function newestSet(site: BenchSite): string {
  const newest = readdirSync(setsFolder(site))
    .filter((name) => /^\d{8}T/.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) throw new Error('there is no backup set');
  return newest;
}
