import * as z from 'zod';
import type { ServiceStatus } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { endedWith, startOf, stateOf } from './parse-sc.ts';
import { readAnswer, type PowerShell } from './powershell.ts';

/** WMI of a server under load takes its time. Milliseconds. */
const LIMIT_MS = 2 * 60_000;
/** Those who ask at the same moment share one login. */
const GATHER_MS = 10;
/** Steps of a plan ask for the same within seconds. Milliseconds. */
const RECENT_MS = 5_000;

/** What is known of one service after a look. */
export interface SeenService {
  readonly status: ServiceStatus;
  /** Names of services that depend on it, directly or not. */
  readonly dependents: readonly string[];
  /** Processes of its program, seen after the state; empty when it shares its process with other services. */
  readonly processes: readonly number[];
}

/** Services by their names in small letters. */
export type Look = ReadonlyMap<string, SeenService>;

/** Looks at the services of a server; each look is one login there. */
export interface ServicesLook {
  /**
   * What is so now: the look begins after it was asked for. Those who wait for one share it. `name` is looked at too,
   * when it is no service of Qlik Sense or PostgreSQL.
   */
  fresh(name?: string): Promise<Look>;
  /** The newest look when it is a few seconds old at most and no order was given since. */
  glance(): Look | undefined;
  /** Gives an order: what was seen before it counts no longer. */
  order(give: () => Promise<unknown>): Promise<void>;
}

// Made when it is used: `status` loads this file and needs no shape of it.
const answerSchema = z.lazy(() =>
  z.object({
    services: z.array(
      z.object({
        name: z.string(),
        displayName: z.string().nullable(),
        state: z.number().int().min(1).max(7),
        startType: z.number().int().min(0).max(4),
        delayed: z.boolean(),
        /** Null where WMI does not answer. */
        pid: z.number().int().min(0).nullable(),
        exitCode: z.number().int().nullable(),
        dependents: z.array(z.string()),
        processes: z.array(z.number().int()),
      }),
    ),
  }),
);

/** Looks by the script `services-list`, through the PowerShell of the server. */
export function createServicesLook(options: {
  readonly powershell: PowerShell;
  readonly clock: Clock;
}): ServicesLook {
  const { powershell, clock } = options;
  /** Those asked for so far: a service that depends on one of Qlik Sense is asked for again. */
  const names = new Set<string>();
  let waiting: Promise<Look> | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  let newest: { readonly look: Look; readonly at: number } | undefined;
  let orders = 0;

  function fresh(name?: string): Promise<Look> {
    if (name !== undefined) names.add(name);
    waiting ??= begin();
    return waiting;
  }

  /** One at a time: who asks meanwhile waits for the next. */
  function begin(): Promise<Look> {
    const look = looking
      .then(() => clock.sleep(GATHER_MS))
      .then(() => {
        waiting = undefined;
        return ask();
      });
    looking = look.catch(() => undefined);
    return look;
  }

  async function ask(): Promise<Look> {
    const before = orders;
    const input = { names: [...names] };
    const answer = await powershell.run('services-list', input, { timeoutMs: LIMIT_MS });
    const { services } = readAnswer(answerSchema, answer, 'the services cannot be listed');
    const look = new Map(services.map((service) => [service.name.toLowerCase(), seen(service)]));
    if (orders === before) newest = { look, at: clock.monotonic() };
    return look;
  }

  return {
    fresh,
    glance: () =>
      newest !== undefined && clock.monotonic() - newest.at < RECENT_MS ? newest.look : undefined,
    async order(give) {
      forget();
      try {
        await give();
      } finally {
        forget();
      }
    },
  };

  function forget(): void {
    orders += 1;
    newest = undefined;
  }
}

function seen(service: z.infer<typeof answerSchema>['services'][number]): SeenService {
  const { name, displayName, startType, delayed, pid, exitCode, dependents, processes } = service;
  // The schema has looked at the number.
  const state = stateOf(service.state) ?? 'stopped';
  return {
    status: {
      name,
      displayName: displayName ?? name,
      state,
      ...startOf(startType, delayed),
      ...(pid !== null && pid > 0 && { pid }),
      ...endedWith(state, exitCode),
    },
    dependents,
    processes,
  };
}
