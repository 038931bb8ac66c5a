import { text } from 'node:stream/consumers';
import { NotReadyError } from '../../contract/errors.ts';
import type { ReadyWait } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';

const POLL_MS = 1_000;
const REQUEST_LIMIT_MS = 10_000;
const RUNNING = '2';

/** What the numbers mean (help.qlik.com, Repository Service API, "Service status: Get service state"). */
const STATES: Readonly<Record<string, string>> = {
  '0': '0: it is initializing',
  '1': '1: no certificates are installed on the node, and it waits for them',
};

const ADVICE: Readonly<Record<string, string>> = {
  '0': 'When it only needs longer, raise timeouts.ready in the site file. Else look into its log and at the database: %ProgramData%\\Qlik\\Sense\\Log\\Repository\\Trace on that server.',
  '1': 'The certificates of the node are gone or not valid: look at the nodes in the QMC, and redistribute the certificate from there (manual 2.11).',
};

/** Where the Repository Service of a host tells its state; plain HTTP, no rights needed. */
export function stateUrl(host: string): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:4444/status/servicestate`;
}

/** What the port said last. */
interface Answer {
  readonly state?: string;
  readonly words: string;
}

/**
 * Waits until the Repository Service of a host says that it runs. Nothing between this machine and itself can close a
 * port, so that only another host counts as unreachable. `url` is for tests.
 */
export function createWindowsReady(options: {
  readonly clock: Clock;
  readonly host: string;
  readonly url?: string;
}): (wait: ReadyWait) => Promise<void> {
  const { clock, host, url = stateUrl(host) } = options;
  return async function ready({ timeoutMs, unreachableMs = timeoutMs, signal }) {
    const begin = clock.monotonic();
    let everAnswered = false;
    for (;;) {
      signal?.throwIfAborted();
      const answer = await stateOf(url, signal);
      if (answer.state === RUNNING) return;
      everAnswered ||= answer.state !== undefined || host === 'localhost';
      const waited = clock.monotonic() - begin;
      if (waited >= Math.min(timeoutMs, everAnswered ? timeoutMs : unreachableMs))
        throw notReady(host, waited, answer, !everAnswered);
      await clock.sleep(POLL_MS, signal);
    }
  };
}

function notReady(host: string, waitedMs: number, answer: Answer, unreachable: boolean): NotReadyError {
  const seconds = String(Math.round(waitedMs / 1000));
  const message = unreachable
    ? `port 4444 of ${host} could not be reached for ${seconds} s: it gave ${answer.words}`
    : `the Repository Service of ${host} was not ready within ${seconds} s; port 4444 says ${answer.words}`;
  return new NotReadyError(message, unreachable, {
    hint: unreachable
      ? `Let this machine reach ${host} on port 4444 (manual 1.3, "Ports").`
      : (ADVICE[answer.state ?? ''] ?? 'Look at the service and its log on that server.'),
  });
}

/** The number in the answer `{"value": 2}`, or why there is none: while it starts, the service refuses connections. */
async function stateOf(url: string, signal: AbortSignal | undefined): Promise<Answer> {
  try {
    const limit = AbortSignal.timeout(REQUEST_LIMIT_MS);
    const { status, body } = await request(
      url,
      signal === undefined ? limit : AbortSignal.any([signal, limit]),
    );
    const state = /\d+/u.exec(body)?.[0];
    if (status !== 200 || state === undefined)
      return { state: 'other', words: `something else (HTTP ${String(status)})` };
    return { state, words: STATES[state] ?? state };
  } catch (error) {
    signal?.throwIfAborted();
    return { words: `nothing (${reasonOf(error)})` };
  }
}

/** By `node:http`: the connections of `fetch` fail under Wine, where the tests for Windows run. */
async function request(
  url: string,
  signal: AbortSignal,
): Promise<{ status: number | undefined; body: string }> {
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    get(url, { agent: false, signal }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    }).on('error', reject);
  });
}

/** The code says more than the message: ECONNREFUSED. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'AbortError') return 'no answer in time';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
