import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';
import { seeSsl, sslLooks, type SslSight } from './ssl-demands.ts';

const input = z.strictObject({
  /** `refuse`: it must be off; `guided`: a person switches it off in the run, and on again; `on-again`: only the latter. */
  mode: z.enum(['refuse', 'guided', 'on-again']),
});

type Mode = z.infer<typeof input>['mode'];

const ID = 'ssl';

/**
 * Whether setup finds the database: it cannot use SSL, and reports the databases missing where that is on (manual 3.3, p. 168-169;
 * 8.14, p. 309). The server is asked by a connection of each kind, and the files of every node are read.
 */
export function createCheckSsl(
  c: Pick<ActionCollaborators, 'site' | 'databaseAt' | 'person'>,
): Action<z.infer<typeof input>, null> {
  return createCheck({
    name: 'check.ssl',
    input,
    whilePlanning: true,
    operations: (_given, context) => sslLooks(c, context),
    async probe({ mode }, context, look) {
      try {
        const sight = await seeSsl(c, context, look);
        return { checks: [...judge(sight, mode), ...alone(c, sight, mode)] };
      } catch (error) {
        context.signal.throwIfAborted();
        const hint = adviceOf(error);
        const message = `Whether PostgreSQL is asked over SSL could not be seen: ${factOf(error)}`;
        return {
          checks: [{ id: ID, status: 'warning', message, ...(hint === undefined ? {} : { hint }) }],
        };
      }
    },
  });
}

function judge({ state, demands, asking, hidden }: SslSight, mode: Mode): CheckResult[] {
  if (!state.secure)
    return asking.length === 0
      ? [{ id: ID, status: 'ok', message: 'PostgreSQL uses no SSL: setup finds it.' }]
      : [
          {
            ...{ id: ID, status: 'warning' },
            message: `PostgreSQL uses no SSL, and this asks for it: ${asking.join('; ')}.`,
            hint: 'Services with such settings do not reach the database. Switch it off there, too.',
          },
        ];
  if (demands.length === 0)
    return [
      {
        ...{ id: ID, status: 'warning' },
        message: 'PostgreSQL offers SSL (ssl = on), and nothing that was seen asks for it.',
        hint: `If setup reports that databases are missing, switch SSL off while it runs (manual 3.3, p. 168-169).${unseen(hidden)}`,
      },
    ];
  const message = `PostgreSQL is asked over SSL: ${demands.join('; ')}.`;
  if (mode === 'guided')
    return [
      {
        ...{ id: ID, status: 'warning', message },
        hint: `Once the services are stopped a person is led to switch it off, and in the end on again.${unseen(hidden)}`,
      },
    ];
  return [
    {
      ...{ id: ID, status: 'failed', message, beforehand: true },
      hint: `Setup finds no database then (manual 3.3, p. 168-169; 8.14, p. 309). Be led through it by this run: --set ssl=guided. Or switch it off yourself in all those places, and be led back: --set ssl=on-again.${unseen(hidden)}`,
    },
  ];
}

function unseen(hidden: readonly string[]): string {
  return hidden.length === 0
    ? ''
    : ` Could not be looked into: ${hidden.join('; ')}. The Connection String Editor shows whether "ssl Mode=Require" is there (manual 6.7, p. 243).`;
}

/** A person is needed in the middle of the run, when the services are down: said before they are. */
function alone({ person }: Pick<ActionCollaborators, 'person'>, sight: SslSight, mode: Mode): CheckResult[] {
  const wanted = mode === 'on-again' || (mode === 'guided' && sight.state.secure);
  if (!wanted || person.canAsk) return [];
  return [
    {
      id: ID,
      status: 'failed',
      message: `With ssl=${mode} a person is asked during the run, and there is no terminal.`,
      hint: 'Run it in a terminal.',
    },
  ];
}
