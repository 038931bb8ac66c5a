import type { JsonValue } from '../../../src/contract/json.ts';

/** What `discover.ps1` answers of a node with this in Programs and Features. */
export function windowsAnswer({
  release,
  reboot = [],
  account = 'ACME\\qlik',
  accountSid = 'S-1-5-21-1-1001',
  runnerSid = accountSid,
}: {
  readonly release?: string;
  readonly reboot?: readonly string[];
  readonly account?: string;
  readonly accountSid?: string;
  readonly runnerSid?: string;
}): JsonValue {
  return {
    installed: release === undefined ? [] : [{ name: `Qlik Sense ${release}`, version: '1', location: null }],
    services: [
      {
        name: 'QlikSenseRepositoryService',
        path: '"C:\\Program Files\\Qlik\\Sense\\Repository\\Repository.exe"',
        account,
        sid: accountSid,
        administrator: true,
      },
    ],
    runner: { account: 'ACME\\admin', sid: runnerSid, elevated: true },
    netRelease: 528_040,
    reboot: [...reboot],
    volumes: [],
    odbc: [],
  };
}
