import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { InstalledFile } from '../../../../../src/platform/simulated/installed.ts';
import { DATABASE, lab } from './lab.ts';

describe('a stand-in for a patch', () => {
  it('installs and uninstalls it, without and with starting what is automatic', async () => {
    const { run, update, has, running, log } = await lab({ release: 'May 2025' });
    expect(await run([update, 'install', `log=${log}`])).toBe(0);
    expect(has()).toBe('May 2025 Patch 3');
    expect(running()).toEqual([DATABASE]);
    expect(readFileSync(log, 'utf8')).toContain('Exit code: 0');
    expect(await run([update, 'uninstall', 'startservices'])).toBe(0);
    expect(has()).toBe('May 2025');
    expect(running().length).toBeGreaterThan(1);
  });

  it.each<[string, Partial<InstalledFile>, string[], number]>([
    ['another release', { release: 'May 2024' }, ['install'], -9],
    ['nothing installed', {}, ['install'], -9],
    ['a later patch installed', { release: 'May 2025', patch: 4 }, ['install'], -22],
    ['no patch to uninstall', { release: 'May 2025' }, ['uninstall'], -1],
    ['words of setup', { release: 'May 2025' }, ['install', '-silent'], -2],
    ['both at once', { release: 'May 2025' }, ['install', 'uninstall'], -2],
    ['neither', { release: 'May 2025' }, ['startservices'], -2],
    ['a log that is not whole', { release: 'May 2025' }, ['install', 'log=x.txt'], -2],
  ])('refuses %s', async (_what, installed, words, code) => {
    const { run, update, has } = await lab(installed);
    const before = has();
    expect(await run([update, ...words])).toBe(code);
    expect(has()).toBe(before);
    expect(existsSync('x.txt')).toBe(false);
  });
});
