import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../src/contract/errors.ts';
import { createProcesses, identifySelf } from '../../../src/main/processes.ts';
import { createIdentities, posixIdentities } from '../../../src/platform/process/identity.ts';
import { PowerShellError } from '../../../src/platform/windows/powershell.ts';

const made = (platform: NodeJS.Platform) =>
  createProcesses({ redact: (text) => text, scripts: 'C:\\tool\\powershell', platform });

describe('telling processes apart', () => {
  it('asks nobody on Linux', () => {
    expect(made('linux').identities).toBe(posixIdentities);
  });

  it.skipIf(process.platform === 'win32')('asks a script of PowerShell on Windows', async () => {
    const { identities } = made('win32');
    const error: unknown = await identities.identify(1).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommandError);
    expect((error as CommandError).argv).toEqual([
      ...['powershell.exe', '-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'],
      ...['-File', 'C:\\tool\\powershell\\process-start.ps1'],
    ]);
  });
});

describe('this process', () => {
  const failing = (error: Error) => createIdentities(() => Promise.reject(error));

  it('is known by when it was started', async () => {
    expect(await identifySelf(createIdentities(() => Promise.resolve('then')))).toEqual({
      pid: process.pid,
      startedAt: 'then',
    });
  });

  it('is not known where scripts are forbidden, so that doctor can say so', async () => {
    const forbidden = new PowerShellError('forbidden', 'ExecutionPolicy');
    expect(await identifySelf(failing(forbidden))).toEqual({ pid: process.pid, startedAt: 'unknown' });
  });

  it('is not given out as unknown when it only could not be asked', async () => {
    const slow = new PowerShellError('no answer', 'NoAnswer');
    await expect(identifySelf(failing(slow))).rejects.toBe(slow);
  });
});
