import { UsageError } from '../contract/errors.ts';
import type { Exec, Node } from '../contract/node.ts';
import type { Clock } from '../foundation/clock.ts';
import { createLocalNode } from './local/node.ts';
import { createSimulatedNode } from './simulated/node.ts';
import type { PowerShell } from './windows/powershell.ts';

/** A node as the site file describes it. */
export interface NodeDefinition extends Pick<
  Node,
  'name' | 'host' | 'role' | 'failoverCandidate' | 'transport'
> {
  /** Folder of a simulated node. */
  readonly folder?: string;
}

/** Makes the node a definition describes. @throws UsageError when this version cannot reach it. */
export function createNode(
  definition: NodeDefinition,
  collaborators: { readonly exec: Exec; readonly clock: Clock; readonly powershell: PowerShell },
): Node {
  const { name, host, role, failoverCandidate, transport, folder } = definition;
  const common = { name, host, role, failoverCandidate, ...collaborators };
  if (transport === 'local') return createLocalNode(common);
  if (transport === 'simulated') {
    if (folder === undefined)
      throw new UsageError(`node ${name} is simulated but has no folder`, {
        hint: 'Give the folder of the simulated node in the site file.',
      });
    return createSimulatedNode({ ...common, folder });
  }
  throw new UsageError(`node ${name}: this version cannot reach nodes by ${transport}`, {
    hint: 'It reaches this machine (transport: local) and simulated nodes (transport: simulated).',
  });
}
