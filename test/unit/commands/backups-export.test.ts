import { describe, expect, it, vi } from 'vitest';
import { UsageError, VerificationError } from '../../../src/contract/errors.ts';
import type { Exported } from '../../../src/vault/export-set.ts';
import { fakeSite, method, runLine, SET } from './fake-context.ts';

const EXPORTED: Exported = {
  set: SET.id,
  file: '/nowhere/acme.tar',
  bytes: 1_500_000,
  sha256: 'ab'.repeat(32),
  sumFile: '/nowhere/acme.tar.sha256',
  files: 12,
};

const siteWith = (changes: Parameters<typeof fakeSite>[0] = {}) =>
  fakeSite({ exportSet: vi.fn(() => Promise.resolve(EXPORTED)), ...changes });

describe('backups export', () => {
  it('takes the newest set, a path from here, and says what it wrote and how to check it', async () => {
    const site = siteWith();
    const beginEffects = vi.fn();
    const { code, out } = await runLine(['backups', 'export', '--output', 'acme.tar'], site, {
      beginEffects,
    });
    expect(code).toBe(0);
    expect(method(site, 'exportSet')).toHaveBeenCalledWith(
      expect.objectContaining({ id: SET.id, file: '/nowhere/acme.tar', recipients: [] }),
    );
    for (const words of ['1.5 MB, 12 files', EXPORTED.sha256, EXPORTED.sumFile, 'not encrypted'])
      expect(out).toContain(words);
    expect(out).toContain(': sha256sum -c acme.tar.sha256, or CertUtil -hashfile acme.tar SHA256\n');
    expect(beginEffects).toHaveBeenCalled();
  });

  it('encrypts for every recipient that is given, and says so', async () => {
    const site = siteWith();
    const flags = ['--output', 'a.tar.age', '--encrypt-to', 'age1a', '--encrypt-to', 'age1b'];
    const { out } = await runLine(['backups', 'export', SET.id, ...flags], site);
    expect(method(site, 'exportSet')).toHaveBeenCalledWith(
      expect.objectContaining({ recipients: ['age1a', 'age1b'] }),
    );
    expect(out).not.toContain('not encrypted');
  });

  it('gives one JSON document', async () => {
    const { out, err } = await runLine(['--json', 'backups', 'export', '--output', 'acme.tar'], siteWith());
    expect(JSON.parse(out)).toEqual({ schemaVersion: 1, ...EXPORTED, encrypted: false });
    expect(err).toBe('');
  });

  it('refuses an incomplete set, an unknown one, and a missing --output', async () => {
    const list = () => Promise.resolve([{ ...SET, state: 'incomplete' as const }]);
    const site = siteWith({ vault: { ...fakeSite().vault, list } });
    const line = ['backups', 'export', SET.id, '--output', 'a.tar'];
    expect((await runLine(line, site)).error).toBeInstanceOf(VerificationError);
    expect((await runLine(['backups', 'export', 'nope', '--output', 'a.tar'], site)).error).toBeInstanceOf(
      UsageError,
    );
    expect((await runLine(['backups', 'export'], site)).error).toMatchObject({
      message: expect.stringContaining('--output') as string,
    });
    expect(method(site, 'exportSet')).not.toHaveBeenCalled();
  });
});
