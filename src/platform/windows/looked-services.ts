import type { Exec, ServiceManager, ServiceState, ServiceStatus } from '../../contract/node.ts';
import { startTypeArguments } from '../../contract/start-type.ts';
import type { Clock } from '../../foundation/clock.ts';
import { SERVICE_CODES, serviceError } from '../services/codes.ts';
import {
  startService,
  stopService,
  type DriveCollaborators,
  type ServiceControl,
} from '../services/drive.ts';
import { ORDER_LIES_MS } from '../services/keeps-running.ts';
import { isQlikService } from '../services/known.ts';
import type { PowerShell } from './powershell.ts';
import { createSc } from './sc.ts';
import { createServicesLook, type Look, type SeenService } from './services-look.ts';

const POLL_MS = 500;

/**
 * The services of a server where each call is a login: one script tells of all of them at once, and those who wait for
 * a state share what it tells. Orders are given by `sc.exe`, whose exit code is the Win32 error.
 */
export function createLookedServices(options: {
  /** PowerShell of that server. */
  readonly powershell: PowerShell;
  /** Runs programs on that server. */
  readonly exec: Exec;
  readonly clock: Clock;
}): ServiceManager {
  const { powershell, exec, clock } = options;
  const look = createServicesLook({ powershell, clock });
  const sc = createSc({ exec });
  /** What was seen of a service when it was last asked for. */
  const seen = new Map<string, SeenService>();
  const control: ServiceControl = {
    query,
    sendStart: (name) => look.order(() => sc('start', name, ['start', name])),
    sendStop: (name) => look.order(() => sc('stop', name, ['stop', name])),
    // In the same look as the state, so that asking costs no login; no process of another program counts.
    outlives: async (name, pid) => seen.get(name.toLowerCase())?.processes.includes(pid) === true,
  };
  return {
    async list() {
      const all = [...(await recent()).values()].map(({ status }) => status);
      return all.filter(({ name }) => isQlikService(name));
    },
    query,
    async dependents(name) {
      const known = (await recent()).get(name.toLowerCase());
      return [...(known ?? of(await look.fresh(name), name)).dependents];
    },
    start: (name, wait) => startService(drive(['stopped']), name, wait),
    stop: (name, wait) => stopService(drive(['running', 'paused']), name, wait),
    setStartType: (name, startType) =>
      look.order(() => sc('configure', name, startTypeArguments(name, startType))),
  };

  async function recent(): Promise<Look> {
    return look.glance() ?? look.fresh();
  }

  /**
   * In a state that takes the order at once, what was seen a moment ago is good enough to give it: its exit code and the
   * look after it tell when that is no longer so. Everything else is asked anew.
   */
  function drive(takesOrder: readonly ServiceState[]): DriveCollaborators {
    let asked = false;
    return {
      clock,
      pollMs: POLL_MS,
      orderLiesMs: ORDER_LIES_MS,
      control: {
        ...control,
        async query(name) {
          const glanced = asked ? undefined : look.glance()?.get(name.toLowerCase());
          asked = true;
          return glanced !== undefined && takesOrder.includes(glanced.status.state)
            ? glanced.status
            : query(name);
        },
      },
    };
  }

  async function query(name: string): Promise<ServiceStatus> {
    const service = of(await look.fresh(name), name);
    seen.set(name.toLowerCase(), service);
    return service.status;
  }
}

/** @throws ServiceError 1060 when there is no such service */
function of(look: Look, name: string): SeenService {
  const service = look.get(name.toLowerCase());
  if (service === undefined) throw serviceError('query', name, SERVICE_CODES.unknown);
  return service;
}
