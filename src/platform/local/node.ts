import { UsageError } from '../../contract/errors.ts';
import type { Exec, Node } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { REPOSITORY_SERVICE } from '../services/known.ts';
import { SERVICE_CODES, serviceError } from '../services/codes.ts';
import { createWindowsCertificates } from '../windows/certificates.ts';
import { readOdbcSources } from '../windows/odbc.ts';
import type { PowerShell } from '../windows/powershell.ts';
import { createRepositoryApi } from '../qrs/client.ts';
import { createUnlock } from '../qrs/unlock.ts';
import { hashedFile } from '../hashed-file.ts';
import { discoverThrough } from '../windows/discover.ts';
import { programInfoThrough } from '../windows/program-info.ts';
import { createWindowsReady, stateUrl } from '../windows/ready.ts';
import { createWindowsServices } from '../windows/services.ts';
import { machineFacts, WHO_AM_I } from './facts.ts';

/** What the node that is this machine is made of. */
export interface LocalNodeOptions extends Pick<Node, 'name' | 'host' | 'role' | 'failoverCandidate'> {
  readonly clock: Clock;
  readonly exec: Exec;
  readonly powershell: PowerShell;
  /** This machine's by default; tests give another. */
  readonly platform?: NodeJS.Platform;
}

/** This machine as a node. Without Windows it has no Qlik Sense services and no certificate stores. */
export function createLocalNode(options: LocalNodeOptions): Node {
  const {
    name,
    host,
    role,
    failoverCandidate,
    clock,
    exec,
    powershell,
    platform = process.platform,
  } = options;
  const windows = platform === 'win32';
  return {
    name,
    host,
    role,
    failoverCandidate,
    transport: 'local',
    services: windows ? createWindowsServices({ exec, clock }) : noServices,
    certificates: windows ? createWindowsCertificates({ powershell }) : noCertificates,
    exec,
    reach: (path) => path,
    facts: () => machineFacts({ exec }),
    readyUrl: stateUrl('localhost'),
    programInfo: windows ? programInfoThrough(powershell) : hashedFile,
    ...(windows
      ? {
          factsCommand: WHO_AM_I,
          repository: createRepositoryApi({ host }),
          discover: discoverThrough(powershell),
          odbc: (signal) => readOdbcSources(powershell, signal),
          canUnlock: true,
          unlockCertificates: createUnlock(),
        }
      : {}),
    ready: windows
      ? createWindowsReady({ clock, host: 'localhost' })
      : () => unknownService(REPOSITORY_SERVICE),
  };
}

const noServices: Node['services'] = {
  list: () => Promise.resolve([]),
  query: unknownService,
  dependents: unknownService,
  start: unknownService,
  stop: unknownService,
  setStartType: unknownService,
};

const noCertificates: Node['certificates'] = {
  list: () => Promise.resolve([]),
  export: noStore,
  import: noStore,
  remove: noStore,
};

function unknownService(name: string): Promise<never> {
  return Promise.reject(serviceError('query', name, SERVICE_CODES.unknown));
}

function noStore(): Promise<never> {
  return Promise.reject(
    new UsageError('this machine has no Windows certificate stores', {
      hint: 'Run the command on the Qlik Sense node.',
    }),
  );
}
