import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandError, UsageError } from '../../../src/contract/errors.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import { createPowerShell } from '../../../src/platform/windows/powershell.ts';
import { createWindowsSecretStore } from '../../../src/site/windows-secret-store.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const ADMIN = { account: 'ACME\\admin', sid: 'S-1-5-21-1-2-3-1104' };
const SERVICE = { account: 'ACME\\svc-qlik', sid: 'S-1-5-21-1-2-3-1201' };
const GMSA = { account: 'ACME\\svc-qlik$', sid: 'S-1-5-21-1-2-3-1301' };

interface Call {
  readonly argv: readonly string[];
  readonly stdin: string;
}

/** Windows as far as the three scripts see it: base64 turned round is its encryption. */
function windows(
  stateFolder: string,
  me = ADMIN,
  fails?: { message: string; type: string } | CommandError,
  makePrivate?: (folder: string) => Promise<void>,
) {
  const calls: Call[] = [];
  const powershell = createPowerShell({
    folder: 'C:\\tool\\powershell',
    exec: (argv, options) => {
      const stdin = options?.input ?? '';
      calls.push({ argv, stdin });
      if (fails instanceof CommandError) return Promise.reject(fails);
      const answer =
        fails === undefined
          ? { ok: true, value: answerOf(argv.at(-1) ?? '', stdin) }
          : { ok: false, ...fails };
      return Promise.resolve({ stdout: `${JSON.stringify(answer)}\r\n`, stderr: '', durationMs: 1 });
    },
  });
  function answerOf(script: string, stdin: string): JsonObject {
    const input = JSON.parse(stdin) as Record<string, string>;
    const { data = '', file = '', sid } = input;
    if (script.endsWith('secret-protect.ps1')) return { ...me, data: turned(data) };
    if (script.endsWith('secret-unprotect.ps1')) return { ...me, data: sid === me.sid ? turned(data) : null };
    writeFileSync(file, Buffer.from(data, 'base64'));
    return { reader: GMSA, writer: me };
  }
  const store = createWindowsSecretStore(stateFolder, {
    powershell,
    clock: createManualClock('2026-11-24T01:00:00.000Z'),
    host: 'QLIK01',
    account: me.account,
    makePrivate,
  });
  return { store, calls };
}

const turned = (text: string): string => [...text].reverse().join('');

describe('the secret store on Windows', () => {
  it('has a secret encrypted for the account that stores it, and says whose it is', async () => {
    const state = temporaryFolder();
    const { store, calls } = windows(state);
    await store.set('database', 'hunter2');
    expect(JSON.parse(readFileSync(join(state, 'secrets', 'secret-database.json'), 'utf8'))).toEqual({
      schemaVersion: 1,
      kind: 'encrypted',
      name: 'database',
      host: 'QLIK01',
      storedAt: '2026-11-24T01:00:00.000Z',
      storedBy: ADMIN,
      data: turned('aHVudGVyMg=='),
    });
    expect(calls).toEqual([
      {
        argv: [
          ...['powershell.exe', '-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'],
          ...['-File', 'C:\\tool\\powershell\\secret-protect.ps1'],
        ],
        stdin: '{"name":"database","data":"aHVudGVyMg=="}',
      },
    ]);
    expect(await store.read('database')).toEqual({ value: 'hunter2', othersCanRead: false });
    expect(calls[1]?.stdin).toBe(
      `{"name":"database","data":"${turned('aHVudGVyMg==')}","sid":"${ADMIN.sid}"}`,
    );
  });

  it.each(['p"a\'s$(s)`w;o&r%PATH%d', 'pässwörd “quoted” 🙂', '  blanks  '])(
    'gives %j back as it was',
    async (value) => {
      const { store, calls } = windows(temporaryFolder());
      await store.set('database', value);
      expect(await store.read('database')).toEqual({ value, othersCanRead: false });
      expect(calls.flatMap(({ argv }) => argv).join(' ')).not.toContain(value);
    },
  );

  it('explains to another account whose it is, and what to do', async () => {
    const state = temporaryFolder();
    await windows(state).store.set('database', 'hunter2');
    await expect(windows(state, SERVICE).store.read('database')).rejects.toMatchObject({
      name: 'UsageError',
      message:
        'The secret database was stored by ACME\\admin on QLIK01, for that account alone, and is read as ACME\\svc-qlik.',
      hint:
        'Run "sense-runbook secret set database" as ACME\\svc-qlik, for instance in a console from ' +
        '"runas /user:ACME\\svc-qlik cmd"; or, as an administrator, store it for that account: ' +
        'sense-runbook secret set database --for ACME\\svc-qlik',
    });
  });

  it('explains to the right account why it cannot be opened any more', async () => {
    const state = temporaryFolder();
    await windows(state).store.set('database', 'hunter2');
    const lost = { message: 'Key not valid.', type: 'System.Security.Cryptography.CryptographicException' };
    await expect(windows(state, ADMIN, lost).store.read('database')).rejects.toMatchObject({
      message: 'The secret database, stored by ACME\\admin on QLIK01, cannot be opened: Key not valid.',
      hint: expect.stringContaining('resets the password') as string,
    });
  });

  it('keeps one for another account or a gMSA in a file, whose rights a script sets', async () => {
    const state = temporaryFolder();
    const { store, calls } = windows(state);
    await store.set('database', 'hunter2', { forAccount: 'ACME\\svc-qlik$' });
    const file = join(state, 'secrets', 'secret-database.txt');
    expect(calls[0]?.argv.at(-1)).toBe('C:\\tool\\powershell\\secret-file.ps1');
    expect(JSON.parse(calls[0]?.stdin ?? '')).toEqual({
      file,
      data: 'aHVudGVyMg==',
      account: 'ACME\\svc-qlik$',
    });
    expect(await windows(state, GMSA).store.read('database')).toEqual({
      value: 'hunter2',
      othersCanRead: false,
    });
    expect(readFileSync(join(state, 'secrets', 'secret-database.json'), 'utf8')).not.toContain('aHVudGVyMg');
    expect(await store.details()).toEqual([
      {
        name: 'database',
        kind: 'restricted',
        readableBy: GMSA,
        storedBy: ADMIN,
        host: 'QLIK01',
        storedAt: '2026-11-24T01:00:00.000Z',
      },
    ]);
  });

  it('leaves no text of a file behind when the secret is encrypted later, or removed', async () => {
    const state = temporaryFolder();
    const { store } = windows(state);
    await store.set('database', 'hunter2', { forAccount: 'ACME\\svc-qlik$' });
    await store.set('database', 'hunter3');
    expect(existsSync(join(state, 'secrets', 'secret-database.txt'))).toBe(false);
    await store.set('database', 'hunter2', { forAccount: 'ACME\\svc-qlik$' });
    await store.remove('database');
    expect(readdirSync(join(state, 'secrets'))).toEqual([]);
    expect(await store.read('database')).toBeUndefined();
  });

  it('lists in order, also names that are no names of files on Windows', async () => {
    const { store } = windows(temporaryFolder());
    expect(await store.list()).toEqual([]);
    await store.set('nul', 'one1');
    await store.set('database', 'two2');
    expect(await store.list()).toEqual(['database', 'nul']);
    await expect(store.remove('databse')).rejects.toMatchObject({ hint: 'Did you mean database?' });
    await expect(store.set('../x', 'hunter2')).rejects.toThrow(UsageError);
  });

  it('says that there is no such account', async () => {
    const none = { message: 'Some text.', type: 'System.Security.Principal.IdentityNotMappedException' };
    const { store } = windows(temporaryFolder(), ADMIN, none);
    await expect(store.set('database', 'hunter2', { forAccount: 'ACME\\nobody' })).rejects.toMatchObject({
      message: 'There is no such account; nothing was kept.',
    });
    expect(await store.list()).toEqual([]);
  });

  it('has the state folder made private before it is written into', async () => {
    const state = join(temporaryFolder(), 'state');
    const made: [string, boolean][] = [];
    const { store } = windows(state, ADMIN, undefined, async (folder) => {
      made.push([folder, existsSync(folder)]);
    });
    await store.set('database', 'hunter2');
    expect(made).toEqual([[state, false]]);
  });

  it('wants administrator rights to keep one for another account', async () => {
    const denied = { message: 'Not allowed to be the owner.', type: 'System.InvalidOperationException' };
    const { store } = windows(temporaryFolder(), ADMIN, denied);
    await expect(store.set('database', 'hunter2', { forAccount: 'ACME\\svc' })).rejects.toMatchObject({
      message: 'The secret database could not be kept for ACME\\svc: Not allowed to be the owner.',
      hint: 'Start the console with "Run as administrator".',
    });
    expect(await store.list()).toEqual([]);
  });

  it('repeats nothing of what PowerShell printed when it failed: the secret may stand there', async () => {
    const state = temporaryFolder();
    await windows(state).store.set('database', 'hunter2');
    const failed = new CommandError('powershell.exe failed: aHVudGVyMg==', {
      argv: ['powershell.exe'],
      code: 1,
      stdout: 'aHVudGVyMg==',
    });
    const error: unknown = await windows(state, ADMIN, failed)
      .store.read('database')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).not.toContain('aHVudGVyMg');
    expect((error as Error).cause).toBeUndefined();
  });

  it('says when its record is damaged', async () => {
    const state = temporaryFolder();
    const { store } = windows(state);
    await store.set('database', 'hunter2');
    writeFileSync(join(state, 'secrets', 'secret-database.json'), '{"schemaVersion":1');
    await expect(store.read('database')).rejects.toMatchObject({
      hint: 'Store the secret again: sense-runbook secret set database',
    });
  });
});
