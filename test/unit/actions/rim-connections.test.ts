import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { editConnections } from '../../../src/actions/connection-files.ts';
import { noOffsite } from '../../../src/actions/offsite.ts';
import { createRestoreRimConnections } from '../../../src/actions/restore-rim-connections.ts';
import type { Action } from '../../../src/contract/action.ts';
import type { Node } from '../../../src/contract/node.ts';
import type { Manifest } from '../../../src/vault/vault.ts';
import { askedPerson } from '../../helpers/asked-person.ts';
import { failingAction, runOptions } from '../../helpers/engine.ts';
import { oneStep } from '../../helpers/one-step.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeScratch, fakeSite } from './fakes.ts';
import { fakeVault } from './fake-vault.ts';
import { fakeNode, filesIn } from './harness.ts';

const OLD = ['db1.acme.example', 'qs1.acme.example'];
const edit = (text: string) => editConnections(text, OLD, 'db9.acme.example');

const SETTINGS =
  '{\r\n  "Postgres": { "Host": "DB1", "Port": 4432, "Username": "gr\xc3\xb6\xc3\x9fe" }\r\n}\r\n';
const config = (strings: string) =>
  `<?xml version="1.0"?>\n<configuration>\n  <connectionStrings>${strings}</connectionStrings>\n  <other Host="db1" />\n</configuration>\n`;
const PLAIN = config(
  `<add name="QSR" connectionString="User ID=q;Host='db1.acme.example';Port='4432';Database=QSR" /><add name="QSMQ" connectionString="Host=QS1;Port=4432" />`,
);

describe('settings that name the database', () => {
  it('get the new host where they have the old one, and no other byte changes', () => {
    expect(edit(SETTINGS)).toEqual({
      text: SETTINGS.replace('DB1', 'db9.acme.example'),
      replaced: ['DB1'],
      encrypted: false,
    });
    const { text, replaced } = edit(PLAIN);
    expect(replaced).toEqual(['db1.acme.example', 'QS1']);
    expect(text).toBe(
      PLAIN.replace("'db1.acme.example'", "'db9.acme.example'").replace('Host=QS1', 'Host=db9.acme.example'),
    );
  });

  it.each([
    ['another host', '{"host": "other", "port": 1}'],
    ['this machine', '{"host": "localhost"}'],
    ['the new host', '{"host": "db9.acme.example"}'],
    ['a longer name', '{"host": "db11.acme.example"}'],
    ['another key', '{"hostNames": "db1"}'],
    ['no connection string', '<configuration><x Host="db1"/></configuration>'],
  ])('stay as they are with %s', (_what, text) => {
    expect(edit(text)).toEqual({ text, replaced: [], encrypted: false });
  });

  it.each([
    config('<EncryptedData Type="x">DB1</EncryptedData>'),
    config('').replace('<connectionStrings>', '<connectionStrings configProtectionProvider="Rsa">'),
  ])('that are encrypted are left to a person', (text) => {
    expect(edit(text)).toEqual({ text, replaced: [], encrypted: true });
  });
});

const MANIFEST: Manifest = {
  schemaVersion: 1,
  id: 'SET',
  sequence: 1,
  createdAt: '',
  site: { nodes: [{ host: OLD[1] ?? '', role: 'central' }], database: { host: OLD[0] ?? '' } },
};

/** A rim with these files in its installation. */
async function lab(files: Readonly<Record<string, string>>, answer?: boolean, then = true) {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await fs.mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await fs.writeFile(path.join(root, name), text, 'latin1');
  }
  const vault = { ...fakeVault('/vault'), read: () => Promise.resolve(MANIFEST) };
  const site = fakeSite();
  const { asked, person } = askedPerson(answer);
  const action = createRestoreRimConnections({
    site: fakeSite({
      qlik: { ...site.qlik, installFolder: root },
      database: { ...site.database, host: 'db9.acme.example' },
    }),
    vault,
    offsite: noOffsite(vault),
    scratch: fakeScratch(),
    person,
    stateFolder: path.join(root, 'state'),
  }) as unknown as Action;
  const rim = fakeNode({ name: 'rim', host: 'qs2.example', role: 'rim' }) as unknown as Node;
  const step = oneStep({
    action,
    nodes: [rim],
    stateFolder: path.join(root, 'state'),
    ...(then && { then: failingAction('then', new Error('no')) }),
  });
  return {
    ...step,
    root,
    asked,
    write: (name: string, text: string) => fs.writeFile(path.join(root, name), text, 'latin1'),
    read: (name: string) => fs.readFile(path.join(root, name), 'latin1'),
  };
}

const LICENSES = 'Licenses/appsettings.json';
const REPOSITORY = 'Repository/Repository.exe.config';

describe('a rim node', () => {
  it('is told the new host of the database, and an undo gives its files back', async () => {
    const { run, read, engine, describe: tell } = await lab({ [LICENSES]: SETTINGS, [REPOSITORY]: PLAIN });
    const { notes = [] } = await tell({ set: 'SET' });
    expect(notes.join('\n')).toContain('DB1 -> db9.acme.example');
    expect(await read(LICENSES)).toBe(SETTINGS);
    await run({ set: 'SET' });
    expect(await read(LICENSES)).toBe(edit(SETTINGS).text);
    expect(await read(REPOSITORY)).toBe(edit(PLAIN).text);
    expect((await engine.rollback(undefined, runOptions())).outcome).toBe('rolled-back');
    expect(await read(LICENSES)).toBe(SETTINGS);
    expect(await read(REPOSITORY)).toBe(PLAIN);
  });

  it('whose file was cut off by a killed undo gets it whole', async () => {
    const { run, read, write, engine } = await lab({ [LICENSES]: SETTINGS });
    await run({ set: 'SET' });
    await write(LICENSES, edit(SETTINGS).text.slice(0, 9));
    await engine.rollback(undefined, runOptions());
    expect(await read(LICENSES)).toBe(SETTINGS);
  });

  it('keeps copies of its files, passwords and all, until the run is cleaned up', async () => {
    const { run, engine, root, read } = await lab({ [REPOSITORY]: PLAIN }, undefined, false);
    const { run: id } = await run({ set: 'SET' });
    const safety = path.join(root, 'state', 'runs', id, 'safety');
    expect(await filesIn(safety)).toHaveLength(1);
    const approvals = { change: true, destroy: 'lab' };
    const [kept] = await engine.kept(id, new AbortController().signal);
    expect(kept).toMatchObject({ files: 1, bytes: PLAIN.length });
    expect((await engine.cleanup(id, runOptions({ approvals }))).outcome).toBe('done');
    expect(await filesIn(safety)).toEqual([]);
    expect(await read(REPOSITORY)).toBe(edit(PLAIN).text);
  });

  it('whose copies are gone is not put back in part: the rollback is refused', async () => {
    const { run, engine, root, read } = await lab({ [LICENSES]: SETTINGS }, undefined, true);
    const { run: id } = await run({ set: 'SET' });
    await fs.rm(path.join(root, 'state', 'runs', id, 'safety'), { recursive: true });
    await expect(engine.rollback(undefined, runOptions())).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(`${path.join(root, LICENSES)} of rim cannot be put back`) as string,
    });
    expect(await read(LICENSES)).toBe(edit(SETTINGS).text);
  });

  it('keeps what somebody else has changed since', async () => {
    const { run, read, write, engine } = await lab({ [LICENSES]: SETTINGS });
    await run({ set: 'SET' });
    await write(LICENSES, '{"host": "theirs"}');
    const { warnings } = await engine.rollback(undefined, runOptions());
    expect(await read(LICENSES)).toBe('{"host": "theirs"}');
    expect(warnings.map(({ message }) => message).join()).toContain('changed by somebody else');
  });

  it('with encrypted connection strings needs a person, with the words of the editor', async () => {
    const encrypted = config('<EncryptedData />');
    const { run, asked, read } = await lab({ [REPOSITORY]: encrypted, [LICENSES]: SETTINGS }, true);
    await run({ set: 'SET' });
    expect(asked[0]).toContain('Connection String Editor press Read, change Host to db9.acme.example');
    expect(await read(REPOSITORY)).toBe(encrypted);
    const alone = await lab({ [REPOSITORY]: encrypted });
    expect((await alone.run({ set: 'SET' })).error?.message).toContain('no terminal');
  });

  it('without such files is left alone', async () => {
    const { run, asked } = await lab({}, true);
    expect((await run({ set: 'SET' })).error?.message).toBe('Do then (then on rim): no');
    expect(asked).toEqual([]);
  });
});
