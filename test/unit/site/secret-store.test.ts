import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { createSecretStore } from '../../../src/site/secret-store.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const mode = (path: string): number => statSync(path).mode & 0o777;

describe('the secret store', () => {
  it('keeps a secret in a file for its owner alone', async () => {
    const state = join(temporaryFolder(), 'state');
    await createSecretStore(state).set('db', 'hunter2');
    expect(readFileSync(join(state, 'secrets', 'db'), 'utf8')).toBe('hunter2');
    expect(mode(join(state, 'secrets', 'db'))).toBe(0o600);
    expect(mode(join(state, 'secrets'))).toBe(0o700);
    expect(mode(state)).toBe(0o700);
  });

  it('closes a folder and a file that were open to others', async () => {
    const state = temporaryFolder();
    mkdirSync(join(state, 'secrets'), { mode: 0o777 });
    writeFileSync(join(state, 'secrets', 'db'), 'old', { mode: 0o666 });
    await createSecretStore(state).set('db', 'hunter2');
    expect(mode(join(state, 'secrets'))).toBe(0o700);
    expect(mode(join(state, 'secrets', 'db'))).toBe(0o600);
  });

  it('lists names in order, and nothing before there is one', async () => {
    const store = createSecretStore(temporaryFolder());
    expect(await store.list()).toEqual([]);
    await store.set('pfx', 'one1');
    await store.set('db', 'two2');
    writeFileSync(join(store.folder, 'Not A Secret.tmp'), '');
    expect(await store.list()).toEqual(['db', 'pfx']);
  });

  it('replaces and removes', async () => {
    const store = createSecretStore(temporaryFolder());
    await store.set('db', 'first');
    await store.set('db', 'second');
    expect(await store.read('db')).toEqual({ value: 'second', othersCanRead: false });
    await store.remove('db');
    expect(await store.read('db')).toBeUndefined();
    expect(readdirSync(store.folder)).toEqual([]);
  });

  it('names the nearest one when there is nothing to remove', async () => {
    const store = createSecretStore(temporaryFolder());
    await store.set('database', 'hunter2');
    await expect(store.remove('databse')).rejects.toMatchObject({
      name: 'UsageError',
      message: 'There is no secret databse.',
      hint: 'Did you mean database?',
    });
  });

  it.each(['../db', 'a/b', 'DB', '', '.', 'a\\b', 'a b', 'x'.repeat(64)])(
    'refuses the name %j',
    async (name) => {
      const store = createSecretStore(temporaryFolder());
      await expect(store.set(name, 'hunter2')).rejects.toThrow(UsageError);
      await expect(store.read(name)).rejects.toThrow(UsageError);
      await expect(store.remove(name)).rejects.toThrow(UsageError);
    },
  );

  it.each([
    ['nothing', ''],
    ['two lines', 'hunter2\nhunter3'],
  ])('refuses %s without repeating it', async (_name, value) => {
    const store = createSecretStore(temporaryFolder());
    const error: unknown = await store.set('db', value).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).not.toContain('hunter2');
    expect(await store.list()).toEqual([]);
  });

  it('refuses to keep one for another account, which only Windows can', async () => {
    const store = createSecretStore(temporaryFolder());
    await expect(store.set('db', 'hunter2', { forAccount: 'ACME\\svc' })).rejects.toMatchObject({
      name: 'UsageError',
      message: 'A secret is kept for another account on Windows only; nothing was kept.',
    });
    expect(await store.list()).toEqual([]);
  });
});
