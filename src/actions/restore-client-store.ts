import type { CheckResult } from '../contract/action.ts';
import type { WindowsFindings } from '../discovery/windows.ts';
import { accountName, sameAccount } from './account-name.ts';
import { isSame } from './windows-findings.ts';

const ID = 'restore-client-certificate';
const SYSTEM = 'S-1-5-18';

/**
 * Whether the client certificate would go into the store in which the services look for it: that of their own account (manual
 * 5.5, p. 198-199). `named` is who will run them, where none is installed yet. A warning, never a refusal: nobody can log on as
 * some accounts (a gMSA, SYSTEM), the certificate may be in that store already, and it can be put there by hand afterwards.
 */
export function judgeClientStore(
  { accounts, runner }: Pick<WindowsFindings, 'accounts' | 'runner'>,
  named: string,
  host: string,
): CheckResult {
  const given = accountName(named);
  const [first] = accounts;
  if (first === undefined && given === '')
    return {
      id: ID,
      status: 'warning',
      message: `This runs as ${runner.account}, and the client certificate goes into the store of that account. Who will run the services was not told.`,
      hint: "Go on when setup gets the same account, and tell it: --set 'user=DOMAIN\\name'. It is given access to the private keys then, too (manual 5.5 step 2, p. 199; 6.3, p. 225).",
    };
  const same =
    first === undefined
      ? sameAccount(given, runner.account, host)
      : accounts.some((one) => isSame(one, runner));
  if (same)
    return {
      id: ID,
      status: 'ok',
      message: `This runs as ${runner.account}, the account of the services: the client certificate goes into its store.`,
    };
  const services = first === undefined ? given : accounts.map(({ account }) => account).join(', ');
  return {
    id: ID,
    status: 'warning',
    message: `This runs as ${runner.account}, and the services as ${services}: the client certificate goes into the store of ${runner.account}, where the services do not look. What is in the store of ${services} is neither seen nor replaced.`,
    hint: hintFor(services, first?.sid === SYSTEM || services.endsWith('$')),
  };
}

function hintFor(services: string, nobody: boolean): string {
  const way = nobody
    ? `Nobody can log on as ${services}, but a task of Windows can run as it: restore by one`
    : `Stop here, and restore as ${services}`;
  return `${way} (manual 5.5 step 2, p. 199). Or look, as that account, before the services start: in Certificates - Current User, Personal, there must be one QlikClient, that of the set, and it is imported there by hand where it is not. Without it the Repository Service finds no valid client certificate, and makes a new one only in bootstrap mode (6.3, p. 228).`;
}
