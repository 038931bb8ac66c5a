import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PreflightError } from '../../../src/contract/errors.ts';
import type { Exec } from '../../../src/contract/node.ts';
import { createScratchServers } from '../../../src/main/scratch-servers.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from '../actions/fakes.ts';

/** A major version that nobody has installed: only what the test names has it. */
const [OLD, NEW] = [80, 81];

/** A folder of server programs of that version. */
function programs(major: number): string {
  const folder = join(temporaryFolder(), `postgres ${String(major)}`);
  mkdirSync(folder);
  for (const name of ['initdb', 'pg_ctl', 'postgres'])
    for (const file of [name, `${name}.exe`]) writeFileSync(join(folder, file), '');
  return folder;
}

function servers(drillBin: string | undefined, databaseBin: string) {
  const site = fakeSite();
  const exec: Exec = (argv) =>
    Promise.resolve({
      stdout: `pg_ctl (PostgreSQL) ${/postgres (\d+)/.exec(argv[0] ?? '')?.[1] ?? '1'}.1`,
      stderr: '',
      durationMs: 1,
    });
  return createScratchServers({
    site: {
      ...site,
      database: { ...site.database, bin: databaseBin },
      drill: drillBin === undefined ? {} : { bin: drillBin },
    },
    exec,
    platform: process.platform,
    temporaryFolder: '/tmp',
  });
}

describe('programs for a scratch server', () => {
  it('are those of drill.bin', async () => {
    const bin = programs(NEW);
    expect(await servers(bin, programs(NEW)).programs(NEW)).toMatchObject({ folder: bin });
  });

  it('are found where drill.bin has the version of before the server moved, or is gone with it', async () => {
    const next = programs(NEW);
    expect(await servers(programs(OLD), next).programs(NEW)).toMatchObject({ folder: next, major: NEW });
    expect(await servers(join(temporaryFolder(), 'gone'), next).programs(NEW)).toMatchObject({
      folder: next,
    });
  });

  it('that are nowhere are named with drill.bin and what to set', async () => {
    const old = programs(OLD);
    const error = await servers(old, old)
      .programs(NEW)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PreflightError);
    expect((error as Error).message).toContain(`\`drill.bin\` is ${old}`);
    expect((error as PreflightError).hint).toContain(
      '`drill.bin` in the site file to the bin folder of PostgreSQL 81',
    );
  });
});
