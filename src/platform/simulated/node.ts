import { existsSync } from 'node:fs';
import { NotReadyError } from '../../contract/errors.ts';
import type { Exec, Node, ServiceWait } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { machineFacts } from '../local/facts.ts';
import { serviceError, SERVICE_CODES } from '../services/codes.ts';
import { REPOSITORY_SERVICE } from '../services/known.ts';
import { stateUrl } from '../windows/ready.ts';
import { createSimulatedCertificates } from './certificates.ts';
import { installedFile, simulatedDiscovery, simulatedProgramInfo } from './installed.ts';
import { withNewCertificates } from './new-certificates.ts';
import { createSimulatedServices } from './services.ts';
import { standInServers } from './stand-in-servers.ts';
import { withStandIns } from './stand-ins.ts';
import { readServicesFile } from './state.ts';

const READY_POLL_MS = 50;

/** What a simulated node is made of. `folder` is made by `setUpSimulatedNode`. */
export interface SimulatedNodeOptions extends Pick<Node, 'name' | 'host' | 'role' | 'failoverCandidate'> {
  readonly folder: string;
  readonly clock: Clock;
  readonly exec: Exec;
}

/**
 * A node whose services live in a file and whose certificates lie in folders. Programs run on this machine, unless the
 * folder has a stand-in for them, and paths are paths of this machine.
 */
export function createSimulatedNode(options: SimulatedNodeOptions): Node {
  const { name, host, role, failoverCandidate, folder, clock, exec } = options;
  const certificates = createSimulatedCertificates(folder);
  return {
    name,
    host,
    role,
    failoverCandidate,
    transport: 'simulated',
    services: withNewCertificates(createSimulatedServices(folder, clock, exec), {
      ...{ host, role, folder, clock, certificates },
    }),
    certificates,
    exec: withStandIns(exec, folder),
    reach: (path) => path,
    // Only where it was told what is installed.
    ...(existsSync(installedFile(folder)) ? { discover: () => simulatedDiscovery(folder, clock) } : {}),
    programInfo: simulatedProgramInfo,
    ...standInServers(folder),
    async facts() {
      // What is simulated needs no rights on this machine.
      return { ...(await machineFacts({ exec })), hostName: host, elevated: true };
    },
    readyUrl: stateUrl(host),
    ready: (wait) => ready(folder, clock, wait),
  };
}

/** Waits until the repository service has been running for `readyMs`. @throws NotReadyError, ServiceError 1060. */
async function ready(folder: string, clock: Clock, wait: ServiceWait): Promise<void> {
  const deadline = clock.monotonic() + wait.timeoutMs;
  for (;;) {
    const now = clock.now();
    const { services, readyMs } = await readServicesFile(folder, now);
    const repository = services[REPOSITORY_SERVICE];
    if (repository === undefined) throw serviceError('query', REPOSITORY_SERVICE, SERVICE_CODES.unknown);
    const runningMs = now.getTime() - new Date(repository.since).getTime();
    if (repository.state === 'running' && runningMs >= readyMs) return;
    if (clock.monotonic() >= deadline)
      throw new NotReadyError(
        `${REPOSITORY_SERVICE} did not answer within ${wait.timeoutMs / 1000} s; it is ${repository.state}`,
        false,
        { hint: 'Look at the state of the service and at its log.' },
      );
    await clock.sleep(READY_POLL_MS, wait.signal);
  }
}
