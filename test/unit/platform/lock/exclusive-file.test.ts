import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PreflightError } from '../../../../src/contract/errors.ts';
import { askLockFile, lockFile } from '../../../../src/platform/lock/exclusive-file.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

/** Refuses with these codes, one a call, then opens. How Windows itself shares a file is tried under Wine. */
function opening(...refusals: string[]): (path: string) => number {
  return (path) => {
    const code = refusals.shift();
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    return openSync(path, 'a');
  };
}

describe('a lock that is an exclusively opened file', () => {
  it('makes its folder, and says beside the file who holds it', async () => {
    const file = join(temporaryFolder(), 'state', 'site.lock');
    const unlock = await lockFile(file, { pid: 7 }, opening());
    expect(JSON.parse(readFileSync(`${file}.json`, 'utf8'))).toEqual({ pid: 7 });
    unlock?.();
  });

  it.each(['EBUSY', 'EPERM'])('waits while a scanner has the file open for a moment (%s)', async (code) => {
    const unlock = await lockFile(join(temporaryFolder(), 'l'), {}, opening(code, code, code));
    expect(unlock).toBeDefined();
    unlock?.();
  });

  it('is given up while somebody keeps it open, without a word in the name of who asks', async () => {
    const file = join(temporaryFolder(), 'l');
    writeFileSync(`${file}.json`, '{"pid":7}');
    const always = (): never => opening('EBUSY')(file) as never;
    expect(await lockFile(file, { pid: 8 }, always)).toBeUndefined();
    expect(readFileSync(`${file}.json`, 'utf8')).toBe('{"pid":7}');
  });

  it.each(['EPERM', 'EACCES'])('is refused where the account has no right to it (%s)', async (code) => {
    const file = join(temporaryFolder(), 'l');
    const always = (): never => opening(code)(file) as never;
    const refused = lockFile(file, {}, always);
    await expect(refused).rejects.toThrow(PreflightError);
    await expect(refused).rejects.toThrow(`The lock file ${file} cannot be opened`);
  });

  it('is held also where its holder cannot be written down', async () => {
    const file = join(temporaryFolder(), 'l');
    mkdirSync(`${file}.json`);
    const unlock = await lockFile(file, {}, opening());
    expect(unlock).toBeDefined();
    unlock?.();
  });

  it('is free where there is no file, or one that nobody has open', () => {
    const file = join(temporaryFolder(), 'l');
    expect(askLockFile(file)).toEqual({ held: false });
    writeFileSync(file, '');
    expect(askLockFile(file)).toEqual({ held: false });
    rmSync(file);
  });
});
