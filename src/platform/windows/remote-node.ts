import { UsageError } from '../../contract/errors.ts';
import type { JsonValue } from '../../contract/json.ts';
import type { CertificateManager, Exec, Node, NodeFacts } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { createRepositoryApi } from '../qrs/client.ts';
import { createWindowsCertificates } from './certificates.ts';
import { createLookedServices } from './looked-services.ts';
import { readOdbcSources } from './odbc.ts';
import { discoverThrough } from './discover.ts';
import { connectsThrough, findProgramThrough } from './from-node.ts';
import { programInfoThrough } from './program-info.ts';
import { reachThrough } from './reach.ts';
import { createWindowsReady, stateUrl } from './ready.ts';
import type { PowerShell } from './powershell.ts';
import { createRemoteExec } from './remote-exec.ts';
import { LIST_SERVICES, scCommand } from './sc.ts';
import { createWindowsServices } from './services.ts';
import { createRemoteUnlock } from './unlock.ts';

/** The script that tells them. */
const FACTS = 'node-facts';
const FACTS_LIMIT_MS = 60_000;

type Identity = Pick<Node, 'name' | 'host' | 'role' | 'failoverCandidate'>;

/** What every node has that is another Windows server. */
export interface RemoteNodeOptions extends Identity {
  /** Runs programs on this machine. */
  readonly exec: Exec;
  readonly clock: Clock;
  readonly user: string;
}

/** A server of which only services and files are reached: `sc.exe \\host` and its administrative shares. */
export function createScNode({ exec, clock, user, ...identity }: RemoteNodeOptions): Node {
  const { host } = identity;
  const services = createWindowsServices({ exec, clock, machine: host });
  return {
    ...identity,
    transport: 'sc',
    services,
    certificates: noCertificates(identity),
    exec: () => Promise.reject(onlyServices(identity, 'cannot run programs')),
    reach: reachThrough(host),
    async facts() {
      await services.list();
      // To another machine than its own, Windows tells its services only to administrators.
      return { hostName: host, platform: 'windows', user, elevated: true };
    },
    factsCommand: scCommand(host, LIST_SERVICES),
    readyUrl: stateUrl(host),
    ready: createWindowsReady({ clock, host }),
  };
}

/** A server whose PowerShell answers: over WinRM, where its services are asked from here, or over SSH. */
export function createPowerShellNode(
  options: Omit<RemoteNodeOptions, 'user'> & {
    readonly transport: 'winrm' | 'ssh';
    /** PowerShell of that server. */
    readonly powershell: PowerShell;
    /** How one would have it run a script of that name by hand. */
    readonly typed: (script: string) => readonly string[];
  },
): Node {
  const { exec: here, clock, transport, powershell, typed, ...identity } = options;
  const { host } = identity;
  const exec = createRemoteExec({ powershell, host });
  return {
    ...identity,
    transport,
    services:
      transport === 'winrm'
        ? createWindowsServices({ exec: here, clock, machine: host })
        : createLookedServices({ powershell, exec, clock }),
    certificates: createWindowsCertificates({ powershell }),
    exec,
    reach: reachThrough(host),
    facts: () => askFacts(powershell),
    factsCommand: typed(FACTS),
    discover: discoverThrough(powershell),
    programInfo: programInfoThrough(powershell),
    findProgram: findProgramThrough(powershell),
    connects: connectsThrough(powershell),
    repository: createRepositoryApi({ host }),
    odbc: (signal) => readOdbcSources(powershell, signal),
    canUnlock: true,
    unlockCertificates: createRemoteUnlock({ powershell, host }),
    readyUrl: stateUrl(host),
    ready: createWindowsReady({ clock, host }),
  };
}

async function askFacts(powershell: PowerShell): Promise<NodeFacts> {
  const answer = await powershell.run(FACTS, {}, { timeoutMs: FACTS_LIMIT_MS });
  const facts = typeof answer === 'object' && answer !== null && !Array.isArray(answer) ? answer : {};
  return {
    hostName: textOf(facts['hostName']),
    platform: 'windows',
    user: textOf(facts['user']),
    elevated: facts['elevated'] === true,
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function noCertificates(identity: Identity): CertificateManager {
  const refuse = () => Promise.reject(onlyServices(identity, 'cannot reach certificates'));
  return { list: () => Promise.resolve([]), export: refuse, import: refuse, remove: refuse };
}

function onlyServices({ name }: Identity, what: string): UsageError {
  return new UsageError(`node ${name} is reached by sc, which ${what}`, {
    hint: 'Set its transport in the site file to winrm or ssh.',
  });
}
