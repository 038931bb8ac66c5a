import type { PowerShell } from '../../src/platform/windows/powershell.ts';

/** For what must not run a script. */
export const noPowerShell: PowerShell = {
  run: (script) => Promise.reject(new Error(`the script ${script} was not expected`)),
};
