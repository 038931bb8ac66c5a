import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { INSTALLER_CALLS, type InstallerCall } from '../../../../../src/installers/calls.ts';
import { installerArgv } from '../../../../../src/installers/command-line.ts';
import type { InstalledFile } from '../../../../../src/platform/simulated/installed.ts';
import { media } from '../../../../helpers/upgrade-lab.ts';
import { lab, POSTGRES, SETUP, UPDATE, UPGRADE } from './lab.ts';

describe('media', () => {
  it.each([
    [SETUP, 'Qlik Sense May 2025 Patch 3', UPGRADE],
    [UPDATE, 'Qlik Sense May 2025', ['install']],
  ])('that is not what its name says is refused by the stand-in for %s', async (program, product, words) => {
    const { run, root, has } = await lab();
    expect(await run([media(root, program, product), ...words])).toBe(-5);
    expect(has()).toBe('February 2024');
  });

  it('that is missing or says nothing is refused too', async () => {
    const { run, root, setup, has } = await lab();
    await writeFile(setup, 'MZ');
    expect(await run([setup, ...UPGRADE])).toBe(-5);
    expect(await run([path.join(root, 'other', SETUP), ...UPGRADE])).toBe(-5);
    expect(has()).toBe('February 2024');
  });
});

describe('what the product knows of the arguments', () => {
  const sample = ({ name, value }: InstallerCall['arguments'][number]): string | true => {
    if (value === 'none') return true;
    if (value === '1|0') return '1';
    if (value === 'password') return `<${name}>`;
    if (name === 'bundleinstall') return 'dashboard,visualization';
    return value === 'path' ? 'C:\\a folder\\a file' : '300';
  };
  const state = ({ mode }: InstallerCall): Partial<InstalledFile> => {
    if (mode === 'install' || mode === 'install-from-dump') return {};
    if (mode === 'upgrade') return { release: 'May 2024' };
    const patch = mode === 'uninstall-patch' ? 3 : 0;
    const postgres =
      mode === 'postgres-upgrade' ? { postgres: { kind: 'bundled' as const, version: '9.6' } } : {};
    return { release: 'May 2025', patch, ...postgres };
  };

  it.each(INSTALLER_CALLS.map((call) => [call.mode, call] as const))(
    'is what the stand-in knows, written from the manual once more: %s with everything',
    async (mode, call) => {
      const it = await lab(state(call));
      const file = { [SETUP]: it.setup, [UPDATE]: it.update, [POSTGRES]: it.postgres }[call.program] ?? '';
      const values = Object.fromEntries(
        call.arguments.map((argument) => [
          argument.name,
          { '-log': it.log, log: it.log, spc: it.config, qpiconfig: it.config }[argument.name] ??
            sample(argument),
        ]),
      );
      expect(await it.run(installerArgv(mode, file, values))).toBe(0);
    },
  );
});
