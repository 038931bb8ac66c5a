import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/contract/json.ts';
import { createFolderRights } from '../../../../src/platform/folder-rights.ts';
import { createMakePrivate } from '../../../../src/platform/private-folder.ts';
import { readWindowsRights } from '../../../../src/platform/windows/folder-rights.ts';
import { PowerShellError, type PowerShell } from '../../../../src/platform/windows/powershell.ts';
import { noPowerShell } from '../../../helpers/no-powershell.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

const OWNER = { sid: 'S-1-5-32-544', account: 'VORDEFINIERT\\Administratoren' };
const RUNNER = { sid: 'S-1-5-21-1-2-3-1001', account: 'ACME\\anna' };
const SERVICE = { sid: 'S-1-5-21-1-2-3-1002', account: 'ACME\\svc-qlik' };
const USERS = { sid: 'S-1-5-32-545', account: 'VORDEFINIERT\\Benutzer' };
const EVERYONE = { sid: 'S-1-1-0', account: 'Jeder' };

const FULL = 0x1f01ff;
const READ_AND_EXECUTE = 0x1200a9;
/** What Users get below ProgramData: files and folders may be added. */
const ADD = 0x116;
const GENERIC_ALL = 0x10000000;
/** As PowerShell gives it: signed. */
const GENERIC_READ = -0x80000000;

type Account = typeof OWNER;
const rule = (who: Account, rights: number, changes: JsonObject = {}): JsonObject => ({
  ...who,
  allow: true,
  rights,
  here: true,
  below: true,
  ...changes,
});

function asked(rules: JsonObject[], changes: JsonObject = {}): PowerShell {
  return {
    run: (script, input) =>
      script === 'folder-rights' && input['folder'] === 'C:\\state'
        ? Promise.resolve({ owner: OWNER, runner: RUNNER, service: SERVICE, rules, ...changes })
        : noPowerShell.run(script, input, { timeoutMs: 1 }),
  };
}

const read = (rules: JsonObject[], changes: JsonObject = {}) =>
  readWindowsRights(asked(rules, changes), 'C:\\state');

describe('rights on a folder of Windows', () => {
  it('are private when only administrators, SYSTEM, owner, who runs this and the services have any', async () => {
    const system = { sid: 'S-1-5-18', account: 'NT-AUTORITÄT\\SYSTEM' };
    const creator = { sid: 'S-1-3-0', account: 'ERSTELLER-BESITZER' };
    const domainAdmins = { sid: 'S-1-5-21-1-2-3-512', account: 'ACME\\Domänen-Admins' };
    const own = { sid: 'S-1-5-21-1-2-3-1009', account: 'ACME\\owner' };
    const rules = [system, OWNER, creator, domainAdmins, RUNNER, SERVICE, own].map((who) => rule(who, FULL));
    expect(await read(rules, { owner: own })).toMatchObject({
      othersCanRead: false,
      othersCanWrite: false,
      readers: [],
      writers: [],
    });
  });

  it('name who else may read, and who may add files, as below ProgramData', async () => {
    const found = await read([
      rule(OWNER, FULL),
      rule(USERS, READ_AND_EXECUTE),
      rule(USERS, ADD),
      rule(EVERYONE, READ_AND_EXECUTE),
    ]);
    expect(found).toMatchObject({
      othersCanRead: true,
      othersCanWrite: true,
      readers: [USERS.account, EVERYONE.account],
      writers: [USERS.account],
    });
  });

  it.each([
    ['everything', GENERIC_ALL, true, true],
    ['reading', GENERIC_READ, true, false],
    ['writing', 0x40000000, false, true],
    ['passing through', 0x20000000, false, false],
    ['deleting', 0x10000, false, true],
    ['changing the rights', 0x40000, false, true],
    ['looking at attributes', 0x80, false, false],
  ])('count the right to %s', async (_name, rights, othersCanRead, othersCanWrite) => {
    expect(await read([rule(USERS, rights)])).toMatchObject({ othersCanRead, othersCanWrite });
  });

  it('count what holds only for files in the folder', async () => {
    expect(await read([rule(USERS, GENERIC_ALL, { here: false })])).toMatchObject({ othersCanWrite: true });
  });

  it.each([
    ['to the account', [rule(USERS, FULL, { allow: false }), rule(USERS, FULL)], false],
    ['to everyone', [rule(EVERYONE, FULL, { allow: false }), rule(USERS, FULL)], false],
    ['after it was given', [rule(USERS, FULL), rule(USERS, FULL, { allow: false })], true],
    ['for the folder alone', [rule(USERS, FULL, { allow: false, below: false }), rule(USERS, FULL)], true],
    ['for writing alone', [rule(USERS, ADD, { allow: false }), rule(USERS, READ_AND_EXECUTE)], true],
  ])('mind what is denied %s', async (_name, rules, othersCanRead) => {
    expect((await read(rules)).othersCanRead).toBe(othersCanRead);
  });

  it('come with the command that closes the folder and leaves the account of the services in', async () => {
    const { close } = await read([rule(USERS, FULL)]);
    expect(close).toBe(
      'icacls "C:\\state" /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" ' +
        '"*S-1-5-21-1-2-3-1002:(OI)(CI)F" /remove:g "*S-1-5-32-545"',
    );
    expect((await read([], { service: null })).close).toContain(`"*${RUNNER.sid}:(OI)(CI)F"`);
  });

  it('are not guessed from an answer that is none', async () => {
    await expect(read([], { rules: 'all' })).rejects.toThrow(PowerShellError);
  });
});

describe('asking for rights', () => {
  it('is not done for a folder that is not there', async () => {
    const rights = createFolderRights({ platform: 'win32', powershell: noPowerShell });
    expect(await rights(join(temporaryFolder(), 'none'))).toBeUndefined();
  });

  it('asks PowerShell on Windows', async () => {
    const folder = temporaryFolder();
    const powershell: PowerShell = {
      run: (_script, input) =>
        Promise.resolve({
          owner: OWNER,
          runner: RUNNER,
          service: null,
          rules: input['folder'] === folder ? [rule(USERS, FULL)] : [],
        }),
    };
    expect(await createFolderRights({ platform: 'win32', powershell })(folder)).toMatchObject({
      othersCanWrite: true,
    });
  });
});

describe('making a folder private', () => {
  function told(fails = false): { powershell: PowerShell; calls: unknown[] } {
    const calls: unknown[] = [];
    const run: PowerShell['run'] = (script, input) => {
      calls.push([script, input]);
      return fails ? Promise.reject(new PowerShellError('no access lists', 'X')) : Promise.resolve({});
    };
    return { powershell: { run }, calls };
  }

  it('is left to mkdir where its mode does it', () => {
    expect(createMakePrivate({ platform: 'linux', powershell: noPowerShell })).toBeUndefined();
  });

  it('has Windows make one that is missing, and leaves one that is there alone', async () => {
    const { powershell, calls } = told();
    const make = createMakePrivate({ platform: 'win32', powershell });
    const folder = join(temporaryFolder(), 'state');
    await make?.(folder);
    expect(calls).toEqual([['private-folder', { folder }]]);
    mkdirSync(folder);
    await make?.(folder);
    expect(calls).toHaveLength(1);
  });

  it('goes on where Windows cannot be told', async () => {
    const { powershell, calls } = told(true);
    await createMakePrivate({ platform: 'win32', powershell })?.(join(temporaryFolder(), 'state'));
    expect(calls).toHaveLength(1);
  });
});
