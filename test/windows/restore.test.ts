import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { RUNNING } from './lab/registry.ts';
import { useWindowsSite } from './lab/use-windows-site.ts';
import { answerFacts } from './lab/windows-facts.ts';

const APPROVED = ['--approve', 'destroy=lab'];
const BACK_AND_FORTH = { timeout: 600_000 };

describe.skipIf(inject('windowsLab') === undefined)('a restore by the bundle in Windows Node.js', () => {
  const opened = useWindowsSite({ 'Apps/changes': 'at the backup', 'Apps/ä stays': 'an app' });

  async function moments(): Promise<string[]> {
    const client = new pg.Client({ ...opened().database.address, database: 'QSR' });
    await client.connect();
    try {
      return (await client.query<{ Text: string }>('SELECT "Text" FROM "Moment" ORDER BY 1')).rows.map(
        ({ Text }) => Text,
      );
    } finally {
      await client.end();
    }
  }

  async function mark(moment: string): Promise<void> {
    const client = new pg.Client({ ...opened().database.address, database: 'QSR' });
    await client.connect();
    await client.query('CREATE TABLE IF NOT EXISTS "Moment" ("Text" text)');
    await client.query('INSERT INTO "Moment" VALUES ($1)', [moment]);
    await client.end();
  }

  // One test: a rollback is nothing without its restore.
  it(
    'loads databases by pg_restore.exe, talks Repository.exe through, starts everything, and rolls back',
    BACK_AND_FORTH,
    async () => {
      const { lab, site } = opened();
      const changing = join(site.share, 'Apps', 'changes');
      await mark('at the backup');
      const backup = await site.run(['backup', '--yes']);
      expect(backup.code, backup.stdout + backup.stderr).toBe(0);
      await mark('later');
      writeFileSync(changing, 'later');
      // Then the bootstrap is not left out.
      answerFacts(lab, { administrator: false });
      lab.told();

      const restore = await site.run(['restore', ...APPROVED]);
      expect(restore.code, restore.stdout + restore.stderr).toBe(0);
      expect(await moments()).toEqual(['at the backup']);
      expect(readFileSync(changing, 'utf8')).toBe('at the backup');
      expect(readFileSync(join(lab.drive, 'lab', 'bootstrap.txt'), 'utf8')).toBe('-bootstrap ENTER\n');
      expect(await lab.states()).toEqual(RUNNING);
      const told = lab.told();
      expect(told[0]).toBe('stop QlikSenseSchedulerService');
      expect(told).not.toContain('stop QlikSenseRepositoryDatabase');
      expect(told.at(-1)).toMatch(/^start QlikSense(Engine|Scheduler)Service$/);

      const back = await site.run(['rollback', ...APPROVED]);
      expect(back.code, back.stdout + back.stderr).toBe(0);
      expect(await moments()).toEqual(['at the backup', 'later']);
      expect(readFileSync(changing, 'utf8')).toBe('later');
      expect(await lab.states()).toEqual(RUNNING);
      expect(existsSync(join(site.share, 'Apps', 'ä stays'))).toBe(true);
    },
  );
});
