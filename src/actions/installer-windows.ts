import type { CheckResult } from '../contract/action.ts';
import type { WindowsFindings } from '../discovery/windows.ts';
import type { InstallerCall } from '../installers/calls.ts';
import { installerFailure } from './installer-failure.ts';

const SYSTEM = 'S-1-5-18';

/** Whether Windows lets an installer run: it waits for no restart, and the accounts are those that setup needs. */
export function judgeWindows(
  mode: InstallerCall['mode'],
  found: WindowsFindings,
  host: string,
): CheckResult[] {
  const { failed, waiting } = installerFailure(host);
  return [
    ...(found.reboot.length === 0
      ? []
      : [
          waiting(
            'installer-restart',
            `Windows waits for a restart: ${found.reboot.join('; ')}.`,
            'Restart it, then go on. Setup refuses to run before (manual 8.11, p. 308: -8).',
          ),
        ]),
    ...(found.runner.sid === SYSTEM
      ? [
          failed(
            'installer-account',
            'this runs as SYSTEM.',
            'Run it as the account that installed the node: another one does not find its certificates (manual 3.3, p. 167).',
          ),
        ]
      : []),
    ...(mode === 'upgrade' && found.accounts.some(({ sid }) => sid === SYSTEM)
      ? [
          failed(
            'installer-service-account',
            'the services run as Local System.',
            'Give them a service account first (manual 3.4 step 5, p. 169; 2.11, p. 159).',
          ),
        ]
      : []),
  ];
}
