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
const PEER = 'the manual’s four';
const PEER_ALONE = 'pg_restore alone';
/** Databases of a run, which nobody uses. */
const BESIDE = /_(?:restore|manual)_/;

/**
 * Four databases restored beside the old ones, without comparing, against the manual's commands one after another on its tar dumps
 * (5.7 step 4, p. 211): `createdb` and `pg_restore`, since ours makes its databases too; and against `pg_restore` alone, into
 * empty databases that are there.
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
    if (format === 'tar') ours.push(manual(site, set, PEER), manual(site, set, PEER_ALONE));
  }
  const medians = await interleave(ours, rounds);
  await dropBeside(site);
  const row = (what: string, name: string, peer: string, wanted: number): Comparison =>
    compare(what, medians, { ours: name, peer }, wanted);
  const [custom, tar] = [
    'Four databases from custom dumps, with jobs',
    'Four databases from tar dumps, side by side',
  ];
  return [
    row(custom, 'custom', PEER, 0.8),
    row(tar, 'tar', PEER, 0.85),
    row(`${custom}; theirs are there`, 'custom', PEER_ALONE, 0.8),
    row(`${tar}; theirs are there`, 'tar', PEER_ALONE, 0.85),
  ];
}

function manual(site: BenchSite, set: string, peer: string): Variant {
  const { host, port, user } = site.demo.cluster.address;
  const folder = path.join(setsFolder(site), set, 'databases');
  const program = async (name: string, ...rest: string[]): Promise<void> => {
    await run('env', [
      `PGPASSFILE=${site.passFile}`,
      name,
      '-h',
      host,
      '-p',
      String(port),
      '-U',
      user,
      ...rest,
    ]);
  };
  const create = (name: string): Promise<void> => program('createdb', '-T', 'template0', `${name}_manual_`);
  return {
    name: peer,
    before: async () => {
      await dropBeside(site);
      if (peer === PEER_ALONE) for (const name of NAMES) await create(name);
    },
    run: async () => {
      for (const name of NAMES) {
        if (peer === PEER) await create(name);
        await program('pg_restore', '-d', `${name}_manual_`, path.join(folder, `${name}_backup.tar`));
      }
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
