import { ExpectedError, messageOf } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import { readDiscovery, type WindowsFindings } from '../discovery/windows.ts';
import type { CertificateWarning } from './set-certificates.ts';
import { accountName, sameAccount } from './account-name.ts';
import { isSame } from './windows-findings.ts';

const SYSTEM = 'S-1-5-18';

/** What a person does about keys that an account was not given access to. */
export const BY_HAND =
  'Give it read access to the private keys in the Certificates snap-in (All Tasks, Manage Private Keys; manual 6.3, p. 225), and import the client certificate as that account (5.5 step 2, p. 199).';

/** Who runs the services of a node, as far as it matters to certificates. */
export interface ServiceAccount {
  /** Must be able to read keys of the machine's stores; absent: not known, or SYSTEM, which can. */
  readonly account?: string;
  readonly warnings: readonly CertificateWarning[];
}

/**
 * Asks Windows who runs the services; `named` is who will, where none is installed yet. Elsewhere there is nothing to ask.
 * That it cannot be found out is a warning.
 */
export async function serviceAccount(
  node: Pick<ReadableNode, 'host' | 'discover'>,
  named: string,
  signal: AbortSignal,
): Promise<ServiceAccount> {
  const given = accountName(named);
  if (node.discover === undefined) return { ...(given === '' ? {} : { account: given }), warnings: [] };
  let found: WindowsFindings;
  try {
    found = readDiscovery(await node.discover(signal));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExpectedError)) throw error;
    const message = `${node.host} does not say who runs the Qlik Sense services: ${messageOf(error)}`;
    return given === ''
      ? { warnings: [{ message, hint: BY_HAND }] }
      : {
          account: given,
          warnings: [{ message, hint: `${given} is given access to the keys, as was asked.` }],
        };
  }
  return judge(found, given, node.host);
}

function judge({ accounts, runner }: WindowsFindings, given: string, host: string): ServiceAccount {
  const [first, ...further] = accounts;
  if (first === undefined)
    return given === ''
      ? {
          warnings: [
            {
              message: `${host} has no services of Qlik Sense yet: who will run them is not known.`,
              hint: BY_HAND,
            },
          ],
        }
      : { account: given, warnings: wrongRunner(given, runner.account, host) };
  if (further.length > 0) {
    const names = accounts.map(({ account }) => account).join(', ');
    return {
      warnings: [{ message: `The services of ${host} run as different accounts: ${names}.`, hint: BY_HAND }],
    };
  }
  const warnings = isSame(first, runner) ? [] : wrongRunner(first.account, runner.account, host);
  return first.sid === SYSTEM ? { warnings } : { account: first.account, warnings };
}

function wrongRunner(account: string, runner: string, host: string): CertificateWarning[] {
  if (sameAccount(account, runner, host)) return [];
  return [
    {
      message: `This runs as ${runner}, and the services as ${account}: the client certificate goes into the store of ${runner}.`,
      hint: `Run it as ${account}: the client certificate belongs into the store of that account, where one that is there already was not seen either (manual 5.5 step 2, p. 199; 6.3, p. 228).`,
    },
  ];
}
