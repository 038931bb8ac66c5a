import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConfirmationError, UsageError } from '../../../src/contract/errors.ts';
import { runLine } from './fake-context.ts';

describe('init', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sense-runbook-init-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  const proposeSite = vi.fn(() =>
    Promise.resolve({
      text: 'name: acme\n',
      found: ['this machine is qs1'],
      missing: ['vault: where sets are kept'],
    }),
  );

  it('writes what is found and says what is missing', async () => {
    const { out, err } = await runLine(['init', '--yes', '--name', 'acme'], undefined, {
      cwd: folder,
      proposeSite,
    });
    expect(await readFile(join(folder, 'site.yaml'), 'utf8')).toBe('name: acme\n');
    expect(proposeSite).toHaveBeenCalledWith({ name: 'acme', database: {}, ask: false });
    expect(err).toBe('found: this machine is qs1\nto fill in: vault: where sets are kept\n');
    expect(out).toContain('Fill in the parts marked "Not known yet", then:\nsense-runbook doctor');
  });

  it('never overwrites a file', async () => {
    const file = join(folder, 'mine.yaml');
    await writeFile(file, 'mine');
    const { error } = await runLine(['init', 'mine.yaml', '--yes'], undefined, { cwd: folder, proposeSite });
    expect(error).toBeInstanceOf(UsageError);
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  it('hands on where the database is and where its password is kept', async () => {
    const line = ['init', 'other.yaml', '--yes', '--database-host', 'pg1', '--database-port', '5432'];
    await runLine([...line, '--database-user', 'admin', '--database-password', 'file:pw.txt'], undefined, {
      cwd: folder,
      proposeSite,
    });
    const password = { file: join(folder, 'pw.txt') };
    expect(proposeSite).toHaveBeenLastCalledWith({
      name: undefined,
      database: { host: 'pg1', port: 5432, user: 'admin', password },
      ask: false,
    });
  });

  it.each([
    ['--database-password', 'Summer2026', '--database-password does not say where the password is kept'],
    ['--database-password', 'secret:Not A Name', 'does not say where'],
    ['--database-port', '70000', '--database-port 70000 is no port'],
  ])('refuses %s %s, and repeats no password', async (flag, value, message) => {
    const { error } = await runLine(['init', 'no.yaml', '--yes', flag, value], undefined, {
      cwd: folder,
      proposeSite,
    });
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain(message);
    expect(`${String(error)} ${String((error as UsageError).hint)}`).not.toContain('Summer2026');
  });

  it('writes nothing without a terminal and without --yes', async () => {
    const { error } = await runLine(['init', 'new.yaml'], undefined, { cwd: folder, proposeSite });
    expect(error).toBeInstanceOf(ConfirmationError);
    await expect(access(join(folder, 'new.yaml'))).rejects.toThrow('ENOENT');
  });
});
