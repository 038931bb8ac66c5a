import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { expectAsPlanned } from '../e2e/as-planned.ts';
import { backedUpSite, type Tool } from '../helpers/backed-up-site.ts';
import type { Lab, LabSite } from '../helpers/lab.ts';
import { APPROVED } from '../helpers/restored-site.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import {
  digestOf,
  leftBeside,
  markDatabases,
  workOnShare,
  type SiteDigest,
} from '../helpers/restore-site.ts';
import { NO_RESTIC } from '../helpers/restic.ts';
import { setsOf } from '../helpers/soundness.ts';

let lab: Lab;
let site: LabSite;
let tool: Tool;
let set: string;
let services: Record<string, string>;
let before: SiteDigest;
let ofSet: SiteDigest;

beforeAll(async () => {
  ({ lab, site, tool, set, services, ofSet, before } = await backedUpSite());
});

afterAll(() => lab.close());

describe('restore', { shuffle: false }, () => {
  describe('of a set that is here', () => {
    it('takes a part and leaves the rest as it is, and says what that means', async () => {
      const share = await tool(['restore', '--only', 'share', ...APPROVED]);
      expect(share.stdout.replace(/\s+/g, ' ')).toContain('may no longer match');
      expect(await digestOf(lab, site)).toEqual({ ...before, share: ofSet.share });
      await tool(['rollback', ...APPROVED]);

      await tool(['restore', '--only', 'databases', '--database', 'qsr', ...APPROVED]);
      const { databases } = await digestOf(lab, site);
      expect(databases).toEqual({ ...before.databases, QSR: ofSet.databases['QSR'] });
      await tool(['rollback', ...APPROVED]);
      expect(await digestOf(lab, site)).toEqual(before);
      expect(site.states()).toEqual(services);
    });

    it('ends programs that hold a database, and names them', async () => {
      const client = new pg.Client({
        ...lab.demo.cluster.address,
        database: 'QSR',
        application_name: 'a report tool',
      });
      client.on('error', () => undefined);
      await client.connect();
      const run = await tool(['restore', ...APPROVED]);
      expect(run.stdout + run.stderr).toContain('a report tool');
      await client.end().catch(() => undefined);
      expect(await digestOf(lab, site)).toEqual({ ...ofSet, config: before.config });
      await tool(['rollback', ...APPROVED]);
    });
  });

  describe.skipIf(NO_RESTIC !== undefined)('from an offsite copy', () => {
    it('fetches the set, looks at it, restores it as planned and leaves nothing of it here', async () => {
      const good = readFileSync(site.siteFile, 'utf8');
      const scratch = await makeOpenFolder('sense-runbook-scratch-');
      const password = join(site.folder, 'word');
      writeFileSync(password, 'a good password', { mode: 0o600 });
      site.edit((content) => {
        content['drill'] = { folder: scratch };
        const restic = { repository: join(site.folder, 'offsite'), password: { file: password } };
        content['vault'] = { folder: site.vault, copies: [{ name: 'offsite', restic }] };
      });
      await tool(['backup', '--yes']);
      const copied = (await setsOf(site)).at(-1);
      rmSync(join(copied?.path ?? '', 'databases', 'QSR_backup.tar'));
      await markDatabases(lab, 'even later');
      workOnShare(site, 'even later');
      const changed = await digestOf(lab, site);
      await tool(['restore', copied?.id ?? '', ...APPROVED], 3);

      const args = ['restore', copied?.id ?? '', '--copy', 'offsite'];
      const planned = await tool(['--json', ...args, '--dry-run']);
      await tool([...args, ...APPROVED]);
      expectAsPlanned(site, JSON.parse(planned.stdout) as Plan);
      expect(readdirSync(scratch)).toEqual([]);
      expect(await digestOf(lab, site)).toEqual(before);
      await tool(['rollback', ...APPROVED]);
      expect(await digestOf(lab, site)).toEqual(changed);
      rmSync(scratch, { recursive: true });
      writeFileSync(site.siteFile, good);
    });
  });

  describe('as the manual documents it', () => {
    it('drops the old databases, as planned, and says that there is no way back', async () => {
      const args = ['restore', set, '--only', 'databases', '--documented'];
      const planned = await tool(['--json', ...args, '--dry-run']);
      const current = await digestOf(lab, site);
      await tool([...args, ...APPROVED]);
      expectAsPlanned(site, JSON.parse(planned.stdout) as Plan);
      expect(await digestOf(lab, site)).toEqual({ ...current, databases: ofSet.databases });
      expect((await leftBeside(lab, site)).filter((name) => name.startsWith('QSR'))).toEqual([]);
      expect(site.states()).toEqual(services);
      const { stderr } = await tool(['rollback', ...APPROVED], 3);
      expect(stderr).toContain('point of no return');
    });
  });
});
