import type { Exec, ServiceManager, ServiceStatus } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { SERVICE_CODES, serviceError } from '../services/codes.ts';
import { startService, stopService } from '../services/drive.ts';
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
  const drive = {
    clock,
    pollMs: POLL_MS,
    control: {
      query,
      sendStart: (name: string) => look.order(() => sc('start', name, ['start', name])),
      sendStop: (name: string) => look.order(() => sc('stop', name, ['stop', name])),
      // In the same look as the state, so that asking costs no login; no process of another program counts.
      outlives: (name: string, pid: number) =>
        Promise.resolve(seen.get(name.toLowerCase())?.processes.includes(pid) === true),
    },
  };
  return {
    async list() {
      const all = [...(await look.recent()).values()].map(({ status }) => status);
      return all.filter(({ name }) => isQlikService(name));
    },
    query,
    async dependents(name) {
      const known = (await look.recent()).get(name.toLowerCase());
      return [...(known ?? of(await look.fresh(name), name)).dependents];
    },
    start: (name, wait) => startService(drive, name, wait),
    stop: (name, wait) => stopService(drive, name, wait),
  };

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
