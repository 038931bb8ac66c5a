import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { CommandOperation } from '../contract/operation.ts';
import { createCheck } from './check-action.ts';
import { adviceOf, factOf } from './failure.ts';

/** How a node is asked; undefined: no command is run for it. */
function asking({ factsCommand }: ReadableNode): CommandOperation | undefined {
  return factsCommand === undefined ? undefined : { kind: 'command', argv: factsCommand, effect: 'read' };
}

/** Why no command is run for it. */
function unasked({ transport }: ReadableNode): string {
  return transport === 'simulated'
    ? 'It is simulated: it is not asked, and always answers.'
    : 'It is this machine: no command is needed to ask it.';
}

/** Whether the node answers, and to an account that may stop and start services there. */
export function createCheckNodes(): Action<Record<string, never>, null> {
  return createCheck({
    name: 'check.nodes',
    input: z.strictObject({}),
    whilePlanning: true,

    operations: (_input, { node }) => {
      const operation = asking(node);
      return operation === undefined ? [] : [operation];
    },
    notes: ({ node }) => (asking(node) === undefined ? [unasked(node)] : []),

    async probe(_input, { node }, look) {
      const id = 'nodes-reachable';
      try {
        const operation = asking(node);
        const facts = await (operation === undefined ? node.facts() : look(operation, () => node.facts()));
        const observed = { host: facts.hostName, platform: facts.platform };
        const answered = `${node.host} answers as ${facts.hostName}`;
        // Only on Windows do services need an elevated account.
        const unelevated = facts.platform === 'windows' && !facts.elevated;
        return {
          observed,
          outputs: observed,
          checks: [
            unelevated
              ? {
                  id,
                  node: node.name,
                  status: 'failed' as const,
                  message: `${answered}, but ${facts.user} is not elevated there.`,
                  hint: 'Run it as an administrator: open the console with "Run as administrator", or run the scheduled task with highest privileges.',
                }
              : { id, node: node.name, status: 'ok' as const, message: `${answered}.` },
          ],
        };
      } catch (error) {
        return {
          checks: [
            {
              id,
              node: node.name,
              status: 'failed' as const,
              message: `${node.host} does not answer: ${factOf(error)}`,
              hint:
                adviceOf(error) ??
                'Check that the server is up, its name and transport in site.yaml, and the rights of this account there.',
            },
          ],
        };
      }
    },
  });
}
