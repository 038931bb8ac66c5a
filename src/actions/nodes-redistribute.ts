import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { askPerson } from './ask-person.ts';
import { takenThumbprints } from './certificates-selected.ts';
import type { ActionCollaborators } from './collaborators.ts';

const input = z.strictObject({});

/**
 * Gives every rim node whose certificates this run has removed new ones of the central node. The nodes stay in the site; a person
 * does it in the QMC, since the password that it shows is used once, on the node itself (manual 6.3, p. 226).
 */
export function createNodesRedistribute(
  c: Pick<ActionCollaborators, 'person' | 'stateFolder'>,
): Action<z.infer<typeof input>, null> {
  const rimsOf = ({ nodes }: Pick<ReadContext, 'nodes'>): ReadableNode[] =>
    nodes.filter(({ role, transport }) => role === 'rim' && transport !== 'simulated');

  return {
    name: 'nodes.redistribute',
    effect: 'change',
    input,
    onCancel: 'wait',

    describe(_given, context) {
      const rims = rimsOf(context);
      const simulated = context.nodes.some(
        ({ role, transport }) => role === 'rim' && transport === 'simulated',
      );
      return Promise.resolve({
        operations: rims.map(byHand),
        notes: [
          ...(rims.length === 0 && !simulated ? ['The site has no rim nodes.'] : []),
          ...(simulated ? ['Simulated nodes have no repository API: they are given no certificates.'] : []),
        ],
      });
    },

    prepare: () => Promise.resolve(null),

    async execute(_given, _before, context) {
      const done: string[] = [];
      for (const rim of rimsOf(context)) {
        // Nobody here sees the stores of a node of which only services are reached.
        const taken = await takenThumbprints(c, { ...context, node: rim });
        if (taken.length === 0 && rim.transport !== 'sc') continue;
        context.progress({ text: rim.name });
        await askPerson(c, byHand(rim), `${rim.name} has no new certificates yet`, context);
        done.push(rim.name);
      }
      return { nodes: done };
    },

    // Done again it does no harm: a node is given its certificates once more.
    check: () => Promise.resolve('not-done'),
  };
}

function byHand({ name, host }: ReadableNode): HumanOperation {
  return {
    kind: 'human',
    text: `${name} needs certificates of the new authority. In the QMC, under Nodes, select it and press Redistribute; on ${host} itself open http://localhost:4570/certificateSetup in a browser and enter the password that the QMC shows. Where the services there do not run as an administrator, run \`repository.exe -bootstrap\` elevated there meanwhile (manual 2.11, p. 160). If it does not become ready, delete it in the QMC and add it again.`,
    effect: 'change',
    repeat: true,
  };
}
