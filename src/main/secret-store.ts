import { hostname } from 'node:os';
import type { Clock } from '../foundation/clock.ts';
import { createMakePrivate } from '../platform/private-folder.ts';
import type { PowerShell } from '../platform/windows/powershell.ts';
import { createSecretStore, type SecretStore } from '../site/secret-store.ts';
import { createWindowsSecretStore } from '../site/windows-secret-store.ts';
import type { SitePlace } from './site-file.ts';

/** What decides how secrets are kept. */
export interface SecretStoreSurroundings extends Pick<SitePlace, 'env' | 'platform'> {
  readonly clock: Clock;
  readonly powershell: PowerShell;
}

/** The secret store of a state folder, as this platform has it. */
export function openSecretStore(
  stateFolder: string,
  { env, platform, clock, powershell }: SecretStoreSurroundings,
): SecretStore {
  if (platform !== 'win32') return createSecretStore(stateFolder);
  const account = [env['USERDOMAIN'], env['USERNAME']].filter((part) => part !== undefined).join('\\');
  return createWindowsSecretStore(stateFolder, {
    powershell,
    clock,
    host: hostname(),
    account,
    makePrivate: createMakePrivate({ platform, powershell }),
  });
}
