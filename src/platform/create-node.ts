import os from 'node:os';
import { UsageError } from '../contract/errors.ts';
import type { Exec, Node } from '../contract/node.ts';
import type { Clock } from '../foundation/clock.ts';
import { createLocalNode } from './local/node.ts';
import { createSimulatedNode } from './simulated/node.ts';
import type { PowerShell } from './windows/powershell.ts';
import { createPowerShellNode, createScNode } from './windows/remote-node.ts';
import { createSshPowerShell, typedSsh, type SshOptions } from './windows/ssh.ts';
import { createWinrmPowerShell, typedWinrm, type WinrmOptions } from './windows/winrm.ts';

/** A node as the site file describes it. */
export interface NodeDefinition extends Pick<
  Node,
  'name' | 'host' | 'role' | 'failoverCandidate' | 'transport'
> {
  /** Folder of a simulated node. */
  readonly folder?: string;
  readonly winrm?: WinrmOptions;
  readonly ssh?: SshOptions;
}

/** What every node is made with. */
export interface NodeCollaborators {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly powershell: PowerShell;
  /** Folder of the scripts, for servers that they are sent to. */
  readonly scripts: string;
}

/**
 * Makes the node a definition describes.
 * @throws UsageError when something is missing in it
 */
export function createNode(definition: NodeDefinition, collaborators: NodeCollaborators): Node {
  const { name, host, role, failoverCandidate, transport, folder, winrm, ssh = {} } = definition;
  const identity = { name, host, role, failoverCandidate };
  const common = { ...identity, ...collaborators };
  switch (transport) {
    case 'local': {
      return createLocalNode(common);
    }
    case 'simulated': {
      if (folder === undefined)
        throw new UsageError(`node ${name} is simulated but has no folder`, {
          hint: 'Give the folder of the simulated node in the site file.',
        });
      return createSimulatedNode({ ...common, folder });
    }
    case 'sc': {
      const { exec, clock } = collaborators;
      return createScNode({ ...identity, exec, clock, user: os.userInfo().username });
    }
    case 'winrm': {
      const powershell = createWinrmPowerShell({
        ...winrm,
        powershell: collaborators.powershell,
        computer: host,
      });
      const typed = (script: string): string[] => typedWinrm(host, winrm ?? {}, script);
      return createPowerShellNode({ ...common, transport, powershell, typed });
    }
    case 'ssh': {
      const { exec, scripts } = collaborators;
      const powershell = createSshPowerShell({ exec, host, ssh, folder: scripts });
      const typed = (script: string): string[] => typedSsh(host, ssh, script);
      return createPowerShellNode({ ...common, transport, powershell, typed });
    }
  }
}
