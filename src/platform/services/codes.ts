import { ServiceError, type ErrorDetails } from '../../contract/errors.ts';

const NO_ANSWER = 'the node does not answer';
const LOG_HINT = 'Look at its log and at the Windows event log.';
const REACH_HINT =
  'Check that the server is up, its host in the site file, and that its firewall lets "Remote Service Management" through (TCP 135 and 445, and the ports of RPC).';

// Win32 error codes of the service control manager (winerror.h) and what an administrator may do about them.
const MEANINGS: Readonly<Record<number, { readonly text: string; readonly hint?: string }>> = {
  5: { text: 'access was denied', hint: 'Run as an administrator of the node.' },
  1051: { text: 'services that depend on it are still running', hint: 'Stop those first.' },
  1052: {
    text: 'it does not take this order',
    hint: 'It says of itself that it cannot be stopped now: look at it in the Services window.',
  },
  1053: {
    text: 'it did not respond in time',
    hint: 'Look at its log and at the Windows event log; ServicesPipeTimeout may be too short (manual 8.9).',
  },
  1056: { text: 'it is running already' },
  1058: { text: 'it is disabled', hint: 'Set its start type to Automatic or Manual.' },
  1060: {
    text: 'there is no such service',
    hint: 'Compare the names in the site file with those of the node.',
  },
  1061: {
    text: 'it takes no orders at the moment',
    hint: 'It is starting, stopping or hanging: look at it in the Services window, then start again.',
  },
  1062: { text: 'it is not running' },
  1066: { text: 'it ended with an error of its own', hint: LOG_HINT },
  1067: { text: 'its process ended unexpectedly', hint: LOG_HINT },
  1068: { text: 'a service it depends on did not start' },
  1069: {
    text: 'its account could not log on',
    hint: 'Look at the account and its password in Windows Services.',
  },
  1115: { text: 'its server is shutting down', hint: 'Wait until it is up again.' },
  1722: { text: NO_ANSWER, hint: REACH_HINT },
  1726: { text: 'the connection broke off in the middle of the call', hint: REACH_HINT },
  1727: { text: 'the connection broke off before the call was carried out', hint: REACH_HINT },
  1753: { text: 'its service control manager does not answer', hint: REACH_HINT },
};

/**
 * Codes after which the service may still do what it was told: it was told and did not answer within the 30 seconds that
 * Windows gives it (1053), or the connection to its server broke off (RPC, winerror.h).
 */
const ORDER_MAY_STAND: readonly number[] = [1053, 1722, 1726, 1818];

/** Codes the rooms name. */
export const SERVICE_CODES = {
  dependentsRunning: 1051,
  timeout: 1053,
  alreadyRunning: 1056,
  disabled: 1058,
  unknown: 1060,
  cannotControl: 1061,
  notRunning: 1062,
  endedUnexpectedly: 1067,
  dependencyFailed: 1068,
} as const;

/** What is asked of the service control manager, in the words of an error. */
export type ServiceVerb = 'start' | 'stop' | 'query' | 'configure';

/** The error of a service that answered with a Win32 code; `machine` is the server when it is not this one. */
export function serviceError(
  doing: ServiceVerb,
  service: string,
  code: number,
  details: ErrorDetails & { readonly machine?: string | undefined } = {},
): ServiceError {
  const { machine, ...rest } = details;
  const meaning = MEANINGS[code];
  const text = meaning === undefined ? `Windows error ${code}` : `${meaning.text} (${code})`;
  const where = machine === undefined ? '' : ` on ${machine}`;
  return new ServiceError(`cannot ${doing} ${service}${where}: ${text}`, service, code, {
    ...(meaning?.hint !== undefined && { hint: meaning.hint }),
    orderRefused: doing !== 'query' && !ORDER_MAY_STAND.includes(code),
    ...rest,
  });
}
