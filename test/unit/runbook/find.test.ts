import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findRunbooks, listRunbooks, loadRunbookByName } from '../../../src/runbook/find.ts';
import type { RunbookFolders } from '../../../src/runbook/find.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { runbook } from './support.ts';

const text = (name: string): string =>
  runbook('      - { id: a, uses: look }').replace('name: test', `name: ${name}`);

/** Folders with these files; the name before the slash is the folder. */
function folders(files: Readonly<Record<string, string>>): RunbookFolders {
  const root = temporaryFolder();
  for (const name of ['shipped', 'own']) mkdirSync(join(root, name));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
  return { shipped: join(root, 'shipped'), own: [join(root, 'own'), join(root, 'not-there')] };
}

describe('runbooks', () => {
  it('are found by the names of their files, shipped ones first', async () => {
    const found = await findRunbooks(
      folders({ 'own/a.yml': '', 'own/notes.txt': '', 'shipped/c.yaml': '', 'shipped/b.yaml': '' }),
    );
    expect(found.map(({ name, origin }) => [name, origin])).toEqual([
      ['b', 'shipped'],
      ['c', 'shipped'],
      ['a', 'own'],
    ]);
  });

  it('are loaded by name', async () => {
    const where = folders({ 'own/mine.yaml': text('mine'), 'shipped/backup.yaml': text('backup') });
    expect((await loadRunbookByName('mine', where)).name).toBe('mine');
    await expect(loadRunbookByName('bakup', where)).rejects.toThrow(
      'there is no runbook "bakup"; did you mean "backup"?',
    );
    await expect(loadRunbookByName('zzzzzz', where)).rejects.toMatchObject({
      hint: 'There are: backup, mine.',
    });
  });

  it('of the name of a shipped one are refused, never taken instead', async () => {
    const where = folders({ 'own/backup.yaml': text('backup'), 'shipped/backup.yaml': text('backup') });
    await expect(loadRunbookByName('backup', where)).rejects.toThrow(
      /there is more than one runbook "backup": .*own/,
    );
  });

  it('must have the name of their file', async () => {
    const where = folders({ 'own/mine.yaml': text('backup') });
    await expect(loadRunbookByName('mine', where)).rejects.toThrow(
      'the name in the file is "backup" and must be the file\'s name, "mine"',
    );
  });

  it('with mistakes hide no others in a listing', async () => {
    const listed = await listRunbooks(
      folders({ 'own/bad.yaml': 'x: 1', 'shipped/backup.yaml': text('backup') }),
    );
    expect(listed.map(({ name, runbook: loaded, error }) => [name, loaded?.title, error?.name])).toEqual([
      ['backup', 'Test', undefined],
      ['bad', undefined, 'UsageError'],
    ]);
  });

  it('cannot be found when the tool lacks its own folder', async () => {
    await expect(findRunbooks({ shipped: '/not/there', own: [] })).rejects.toThrow(
      'the folder of runbooks /not/there cannot be read (ENOENT)',
    );
  });
});
