import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { backUp, expectRefused } from '../helpers/expect-tool.ts';

let lab: Lab;
let site: LabSite;
let good: string;

beforeAll(async () => {
  lab = await openLab();
  site = lab.site({ small: true });
  good = readFileSync(site.siteFile, 'utf8');
});

afterEach(() => {
  writeFileSync(site.siteFile, good);
});

afterAll(async () => {
  await lab.close();
});

function editDatabase(change: Record<string, unknown>): void {
  site.edit((content) => {
    Object.assign(content['database'] as object, change);
  });
}

async function sql(text: string): Promise<void> {
  const client = new pg.Client({ ...lab.demo.cluster.address, database: 'postgres' });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

describe('a database that cannot be used', () => {
  it('refuses the password, which is shown nowhere', async () => {
    const file = join(site.folder, 'password');
    writeFileSync(file, 'Gar-nicht-richtig-4711\n', { mode: 0o600 });
    editDatabase({ password: { file } });
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/refused the password of user "postgres"/, /nothing was changed/i],
      hint: /database\.password/,
      json: true,
    });
    const run = await site.run(['--verbose', 'doctor']);
    expect(run.code).toBe(3);
    expect(run.stdout).toMatch(/failed .*refused the password/s);
    expect(run.stdout + run.stderr).not.toContain('Gar-nicht-richtig');
  });

  it('is down', async () => {
    editDatabase({ port: 1 });
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/Nothing answers at 127\.0\.0\.1:1/],
      hint: /Qlik Sense Repository Database.*database\.port/s,
    });
    await expectRefused(site, ['plan', 'backup'], { code: 3, says: [/A check failed/], hint: '' });
  });
});

describe('a database that is missing', () => {
  it('is an error that names it', async () => {
    await sql('ALTER DATABASE "Licenses" RENAME TO "Licenses_away"');
    try {
      await expectRefused(site, ['backup', '--yes'], {
        code: 3,
        says: [/The database Licenses is missing at 127\.0\.0\.1:\d+.*May 2025/],
        hint: /database\.names/,
      });
    } finally {
      await sql('ALTER DATABASE "Licenses_away" RENAME TO "Licenses"');
    }
  });

  it('is none for a release that does not know it: the backup goes without', async () => {
    site.edit((content) => {
      (content['qlik'] as Record<string, unknown>)['release'] = 'November 2018';
    });
    await sql('ALTER DATABASE "Licenses" RENAME TO "Licenses_away"');
    try {
      const { path } = await backUp(site);
      expect(existsSync(join(path, 'databases', 'QSR_backup.tar'))).toBe(true);
      expect(existsSync(join(path, 'databases', 'Licenses_backup.tar'))).toBe(false);
      expect(readFileSync(join(path, 'RESTORE.md'), 'utf8')).not.toContain('Licenses_backup');
    } finally {
      await sql('ALTER DATABASE "Licenses_away" RENAME TO "Licenses"');
    }
  });
});
