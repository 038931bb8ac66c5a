import { describe, expect, it } from 'vitest';
import { DATABASE, lab } from './lab.ts';

describe('a stand-in for msiexec.exe', () => {
  it('removes the service of the old database package, and nothing else', async () => {
    const { run, services } = await lab();
    expect(await run(['msiexec.exe', '/qn', '/x', 'C:\\Package Cache\\{1}\\PostgreSQL125.msi'])).toBe(0);
    expect(services()).not.toHaveProperty(DATABASE);
    expect(Object.keys(services()).length).toBeGreaterThan(3);
  });

  it('installs the programs of a package again, without a service', async () => {
    const { run, services } = await lab();
    const words = ['/qb', '/i', 'C:\\Package Cache\\{1}\\PostgreSQL14.msi'];
    expect(await run(['msiexec.exe', ...words])).toBe(1603);
    const more = ['SKIPINSTALLDBSERVICE=1', 'INSTALLDIR=C:\\Program Files\\Qlik\\Sense'];
    expect(await run(['C:\\Windows\\System32\\msiexec.exe', ...words, ...more])).toBe(0);
    expect(services()).toHaveProperty(DATABASE);
  });

  it.each([
    ['no package', ['/qn', '/x'], 1639],
    ['another package', ['/x', 'C:\\Other.msi'], 1619],
  ])('refuses %s', async (_what, words, code) => {
    const { run } = await lab();
    expect(await run(['msiexec.exe', ...words])).toBe(code);
  });
});
