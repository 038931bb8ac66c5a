import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { noOffsite } from '../../../src/actions/offsite.ts';
import { createRestoreRename } from '../../../src/actions/restore-rename.ts';
import { failingAction, runOptions } from '../../helpers/engine.ts';
import { beforeIn } from '../../helpers/one-step.ts';
import { killedAt, realDatabase } from '../../helpers/real-database.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeScratch, fakeSite } from '../../unit/actions/fakes.ts';
import { fakeVault } from '../../unit/actions/fake-vault.ts';
import { runAction } from '../../unit/actions/harness.ts';
import {
  CHANGED,
  INPUT,
  lab,
  MANIFEST,
  NEW_SHARE,
  OLD,
  original,
  pg,
  useRenameLab,
  values,
} from '../../integration/actions/rename-lab.ts';

useRenameLab();

describe('what names the old machine', () => {
  it('is changed, the rest stays, and every old value is journaled', async () => {
    const { run, journal, outputs } = lab({ stateFolder: temporaryFolder() });
    expect(await run(INPUT)).toMatchObject({ outcome: 'done', warnings: [] });
    expect(await values()).toEqual({ ...original, ...CHANGED });
    const before = beforeIn(await journal()) as { changes: { column: string; value: string }[] };
    const old = Object.fromEntries(before.changes.map(({ column, value }) => [column, value]));
    expect(old).toEqual(Object.fromEntries(Object.keys(CHANGED).map((column) => [column, original[column]])));
    expect(outputs()?.['notes']).toEqual([
      `Left to the bootstrap: "ServerNodeConfigurations"."HostName": ${OLD.toUpperCase()} -> qs9.acme.example`,
    ]);
  });

  it('are host names only where it is asked for, without regard to case', async () => {
    const { run, outputs } = lab({ stateFolder: temporaryFolder() });
    await run({ ...INPUT, 'host-names': true });
    expect(await values()).toEqual({ ...original, ...CHANGED, central: 'qs9.acme.example' });
    expect(outputs()?.['notes']).toEqual(['This release has no "LocalConfigs".']);
  });

  it('is told beforehand with the names of the set, and nothing is changed by that', async () => {
    const { describe: tell } = lab({ stateFolder: temporaryFolder() });
    const { operations, notes = [] } = await tell({ ...INPUT, database: 'restored' });
    const texts = operations.map((one) => (one.kind === 'sql' ? `${one.database} ${one.text}` : one.kind));
    expect(texts).toContain(
      `QSR_restore_<run> UPDATE "ServiceClusterSettingsSharedPersistenceProperties" SET "RootFolder" = $1 -- $1: '${NEW_SHARE}'`,
    );
    expect(notes.join('\n')).toContain(`From ${OLD} to qs9.acme.example`);
    expect(notes.join('\n')).toContain('path of share: /srv/share');
    expect(notes.join('\n')).toContain(`subject of the server certificate: CN=${OLD}`);
    expect(await values()).toEqual(original);
  });

  it('is found in a database that is not swapped yet', async () => {
    await pg().sql('postgres', 'CREATE DATABASE "QSR_restore_RUN" TEMPLATE "QSR_original"');
    try {
      const vault = { ...fakeVault('/vault'), read: () => Promise.resolve(MANIFEST) };
      const stateFolder = temporaryFolder();
      const action = createRestoreRename({
        site: fakeSite({ share: { root: NEW_SHARE, exclude: [] } }),
        vault,
        offsite: noOffsite(vault),
        scratch: fakeScratch(),
        database: realDatabase(pg(), stateFolder),
        stateFolder,
      });
      await runAction(action, { ...INPUT, database: 'restored' }, { bindings: { '<run>': 'RUN' } });
      expect((await values('QSR_restore_RUN'))['RootFolder']).toBe(NEW_SHARE);
      expect(await values()).toEqual(original);
    } finally {
      await pg().sql('postgres', 'DROP DATABASE "QSR_restore_RUN" WITH (FORCE)');
    }
  });

  describe('in host allow lists and data connections', () => {
    const LISTS = [OLD, `hub.acme.example;${OLD};qs1`, `qs9.acme.example,QS1.acme.example,hub`, 'hub', null];

    async function plant(): Promise<void> {
      const rows = LISTS.map((list, at) => `(${String(at)}, ${list === null ? 'NULL' : `'${list}'`})`);
      await pg().sql(
        'QSR',
        'CREATE TABLE "VirtualProxyConfigs" ("ID" int PRIMARY KEY, "WebsocketCrossOriginWhiteList" text)',
        `INSERT INTO "VirtualProxyConfigs" VALUES ${rows.join(', ')}`,
        `UPDATE "DataConnections" SET "Connectionstring" = 'CUSTOM CONNECT TO "url=https://QS1.acme.example/qrs"' WHERE "Name" = 'Lager 7'`,
      );
    }

    async function lists(): Promise<(string | null)[]> {
      const client = await pg().connect('QSR');
      const rows = await client.query<{ list: string | null }>(
        'select "WebsocketCrossOriginWhiteList" as list from "VirtualProxyConfigs" order by "ID"',
      );
      await client.close();
      return rows.map(({ list }) => list);
    }

    it('is changed entry by entry in lists, journaled, and undone; connections are left to a person', async () => {
      await plant();
      const then = failingAction('then', new Error('no'));
      const { run, engine, journal } = lab({ stateFolder: temporaryFolder(), then });
      const { warnings } = await run(INPUT);
      expect(await lists()).toEqual([
        'qs9.acme.example',
        'hub.acme.example;qs9.acme.example;qs9',
        'qs9.acme.example,hub',
        'hub',
        null,
      ]);
      expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('Lager 7')]);
      // The step that fails then has written nothing down.
      const written = (await journal()).filter((entry) => !('before' in entry) || entry.before !== null);
      const { changes } = beforeIn(written) as { changes: { table: string; value: string }[] };
      const old = changes.filter(({ table }) => table === 'VirtualProxyConfigs').map(({ value }) => value);
      expect(old.sort()).toEqual(LISTS.slice(0, 3).sort());
      expect((await engine.rollback(undefined, runOptions())).outcome).toBe('rolled-back');
      expect(await lists()).toEqual(LISTS);
    });

    it('is left to a person where an entry has more than the name', async () => {
      await plant();
      await pg().sql(
        'QSR',
        `UPDATE "VirtualProxyConfigs" SET "WebsocketCrossOriginWhiteList" = 'https://${OLD};qs1' WHERE "ID" = 3`,
      );
      const { warnings, outcome } = await lab({ stateFolder: temporaryFolder() }).run(INPUT);
      expect(outcome).toBe('done');
      expect(warnings.map(({ message }) => message)[0]).toContain(
        `"VirtualProxyConfigs"."WebsocketCrossOriginWhiteList" has https://${OLD}.`,
      );
      expect((await lists())[3]).toBe(`https://${OLD};qs9`);
    });
  });

  it('may be in a release without some of the columns: that is a note', async () => {
    await pg().sql(
      'QSR',
      'ALTER TABLE "ServiceClusterSettingsSharedPersistenceProperties" DROP COLUMN "Connector32RootFolder"',
    );
    const { run, outputs } = lab({ stateFolder: temporaryFolder() });
    expect((await run(INPUT)).outcome).toBe('done');
    expect(JSON.stringify(outputs()?.['notes'])).toContain('Connector32RootFolder');
  });
});

describe('nothing is changed', () => {
  it('when a folder would stay on the old machine', async () => {
    await pg().sql(
      'QSR',
      `UPDATE "ServiceClusterSettingsSharedPersistenceProperties" SET "Connector32RootFolder" = '\\\\QS1\\custom'`,
    );
    const changed = await values();
    const { error, outcome } = await lab({ stateFolder: temporaryFolder() }).run(INPUT);
    expect(outcome).toBe('failed');
    expect(error?.message).toContain('\\\\QS1\\custom');
    expect(await values()).toEqual(changed);
  });

  it('when the database is not there', async () => {
    const { error } = await lab({ stateFolder: temporaryFolder() }).run({ ...INPUT, database: 'restored' });
    expect(error?.message).toMatch(/there is no database QSR_restore_\d{8}T/);
    expect(await values()).toEqual(original);
  });

  it('when one of the statements fails', async () => {
    await pg().sql(
      'QSR',
      `ALTER TABLE "ServiceClusterSettingsSharedPersistenceProperties" ADD CHECK ("DatabasePort" < 5000)`,
    );
    const { outcome } = await lab({ stateFolder: temporaryFolder() }).run(INPUT);
    expect(outcome).toBe('failed');
    expect(await values()).toEqual(original);
  });
});

describe('after it', () => {
  const fails = () => failingAction('then', new Error('no'));

  it('the undo writes the old values back', async () => {
    const { run, engine } = lab({ stateFolder: temporaryFolder(), then: fails() });
    expect((await run({ ...INPUT, 'host-names': true })).outcome).toBe('failed');
    expect((await engine.rollback(undefined, runOptions())).outcome).toBe('rolled-back');
    expect(await values()).toEqual(original);
  });

  it('the undo leaves what somebody has set since', async () => {
    const { run, engine } = lab({ stateFolder: temporaryFolder(), then: fails() });
    await run(INPUT);
    await pg().sql(
      'QSR',
      `UPDATE "ServiceClusterSettingsSharedPersistenceProperties" SET "AppFolder" = '/theirs'`,
    );
    await engine.rollback(undefined, runOptions());
    expect(await values()).toEqual({ ...original, AppFolder: '/theirs' });
  });

  it('the undo has nothing to do when the database is gone', async () => {
    const { run, engine } = lab({ stateFolder: temporaryFolder(), then: fails() });
    await run(INPUT);
    await pg().sql('postgres', 'DROP DATABASE "QSR"');
    expect((await engine.rollback(undefined, runOptions())).outcome).toBe('rolled-back');
  });
});

describe.each([
  ['before the first statement', /^BEGIN/, 'before'],
  ['between two statements', /set "DatabaseHost"/, 'after'],
  ['before the end of the transaction', /^COMMIT/, 'before'],
  ['after the end of the transaction', /^COMMIT/, 'after'],
] as const)('killed %s', (_where, statement, when) => {
  async function killed(stateFolder: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const database = killedAt(realDatabase(pg(), stateFolder), { statement, when, onKill: resolve });
      lab({ stateFolder, database, then: failingAction('then', new Error('no')) })
        .run(INPUT)
        .then(() => {
          reject(new Error('not killed'));
        }, reject);
    });
    // A new process finds the run.
    const { engine } = lab({ stateFolder, then: failingAction('then', new Error('no')) });
    await engine.recover(runOptions());
    const now = await values();
    expect([original, { ...original, ...CHANGED }]).toContainEqual(now);
  }

  it('it is put back by a rollback', async () => {
    const stateFolder = temporaryFolder();
    await killed(stateFolder);
    const { engine } = lab({ stateFolder, then: failingAction('then', new Error('no')) });
    expect((await engine.rollback(undefined, runOptions())).outcome).toBe('rolled-back');
    expect(await values()).toEqual(original);
  });

  it('it is finished by resume, and put back by a rollback after that', async () => {
    const stateFolder = temporaryFolder();
    await killed(stateFolder);
    const { engine } = lab({ stateFolder, then: failingAction('then', new Error('no')) });
    expect((await engine.resume(undefined, runOptions())).outcome).toBe('failed');
    expect(await values()).toEqual({ ...original, ...CHANGED });
    expect((await engine.rollback(undefined, runOptions())).outcome).toBe('rolled-back');
    expect(await values()).toEqual(original);
    const [run = ''] = await fs.readdir(path.join(stateFolder, 'runs'));
    const kept = await fs.stat(path.join(stateFolder, 'runs', run, 'safety', 'before', 'step-central.json'));
    expect(kept.mode & 0o077).toBe(0);
  });
});

it('what was written down is gone after the run was cleaned up', async () => {
  const stateFolder = temporaryFolder();
  const { engine, run } = lab({ stateFolder });
  const { run: id, outcome } = await run(INPUT);
  expect(outcome).toBe('done');
  const kept = path.join(stateFolder, 'runs', id, 'safety', 'before', 'step-central.json');
  expect(await fs.readFile(kept, 'utf8')).toContain('RootFolder');
  const approvals = { change: true, destroy: 'lab' };
  expect((await engine.cleanup(id, runOptions({ approvals }))).outcome).toBe('done');
  await expect(fs.readFile(kept)).rejects.toThrow('ENOENT');
});
