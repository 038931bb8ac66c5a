import { UnreachableError } from '../../contract/errors.ts';
import type { Exec, ServiceStatus } from '../../contract/node.ts';
import type { StartType } from '../../contract/start-type.ts';
import type { Clock } from '../../foundation/clock.ts';
import { SERVICE_CODES, serviceError, type ServiceVerb } from '../services/codes.ts';
import type { ServiceControl } from '../services/drive.ts';
import { changeServicesFile, readServicesFile, type ServicesFile, type SimulatedService } from './state.ts';

/** When a service begins to stop after a stop whose answer is lost, where nothing is said of it. */
const LATE_MS = 500;
/** Longest time of a program behind a service. */
const RUN_LIMIT_MS = 60_000;

type Outcome = number | 'hang' | 'crash' | 'lost' | 'unheard' | undefined;

/** The service control manager of a simulated node: answers as that of Windows does, with its codes. */
export function createSimulatedControl(
  folder: string,
  clock: Pick<Clock, 'now'>,
  exec?: Exec,
): ServiceControl {
  /** What a service really is, where it is something: an order of Windows is not done before that is up, or gone. */
  async function really(verb: 'start' | 'stop', name: string): Promise<void> {
    const [found, { run }] = find(await readServicesFile(folder, clock.now()), name, verb);
    if (run === undefined || exec === undefined) return;
    try {
      await exec(run[verb], { timeoutMs: RUN_LIMIT_MS });
    } catch (cause) {
      await changeServicesFile(
        folder,
        () => clock.now(),
        (content) => {
          const service = find(content, name, verb)[1];
          service.state = verb === 'start' ? 'stopped' : 'running';
          delete service.next;
        },
      );
      throw serviceError(verb, found, SERVICE_CODES.endedUnexpectedly, { cause });
    }
  }
  return {
    async query(name) {
      const [found, service] = find(await readServicesFile(folder, clock.now()), name, 'query');
      return statusOf(found, service);
    },
    async sendStart(name) {
      await changeServicesFile(
        folder,
        () => clock.now(),
        (content) => start(content, name, clock.now()),
      );
      await really('start', name);
    },
    async sendStop(name) {
      await changeServicesFile(
        folder,
        () => clock.now(),
        (content) => stop(content, name, clock.now()),
      );
      await really('stop', name);
    },
  };
}

/** How a service looks from outside. */
export function statusOf(name: string, service: SimulatedService): ServiceStatus {
  const { displayName, state, startType, delayed } = service;
  return { name, displayName, state, startType, ...(delayed === true && { delayed }) };
}

/** Sets when Windows would start the service, or fails as it is told to. @throws ServiceError */
export function setStartType(content: ServicesFile, name: string, startType: StartType): void {
  const [found, service] = find(content, name, 'configure');
  const outcome = takeOrder(service, 'config');
  if (typeof outcome === 'number') throw serviceError('configure', found, outcome);
  service.startType = startType === 'manual' ? 'manual' : 'automatic';
  delete service.delayed;
  if (startType === 'automatic-delayed') service.delayed = true;
}

/** Names of the services that depend on `name`. @throws ServiceError 1060. */
export function dependentsOf(content: ServicesFile, name: string): string[] {
  const [found] = find(content, name, 'query');
  return Object.entries(content.services)
    .filter(([, { dependsOn }]) => dependsOn.some((other) => same(other, found)))
    .map(([dependent]) => dependent);
}

/** Starts what it depends on first, as Windows does; gives when it will run. */
function start(content: ServicesFile, name: string, now: Date, depth = 0): Date {
  const [found, service] = find(content, name, 'start');
  if (service.startType === 'disabled') throw serviceError('start', found, SERVICE_CODES.disabled);
  if (service.state !== 'stopped') throw serviceError('start', found, SERVICE_CODES.alreadyRunning);
  const ready = service.dependsOn.map((other) => startDependency(content, found, other, now, depth));
  const outcome = takeOrder(service, 'start');
  if (typeof outcome === 'number') throw serviceError('start', found, outcome);
  const from = Math.max(now.getTime(), ...ready.map((date) => date.getTime()));
  const at = new Date(from + service.startMs);
  service.state = 'start-pending';
  service.since = now.toISOString();
  if (outcome !== 'hang')
    service.next = { state: outcome === 'crash' ? 'stopped' : 'running', at: at.toISOString() };
  return at;
}

function startDependency(content: ServicesFile, name: string, other: string, now: Date, depth: number): Date {
  const service = find(content, other, 'start')[1];
  if (service.state === 'running') return now;
  if (service.state === 'start-pending' && service.next?.state === 'running')
    return new Date(service.next.at);
  try {
    if (depth > Object.keys(content.services).length)
      throw new Error('services depend on each other in a circle');
    return start(content, other, now, depth + 1);
  } catch (cause) {
    throw serviceError('start', name, SERVICE_CODES.dependencyFailed, { cause });
  }
}

function stop(content: ServicesFile, name: string, now: Date): void {
  const [found, service] = find(content, name, 'stop');
  if (service.state === 'stopped') throw serviceError('stop', found, SERVICE_CODES.notRunning);
  if (service.state !== 'running' && service.state !== 'paused')
    throw serviceError('stop', found, SERVICE_CODES.cannotControl);
  const running = dependentsOf(content, found).filter(
    (other) => content.services[other]?.state !== 'stopped',
  );
  if (running.length > 0)
    throw serviceError('stop', found, SERVICE_CODES.dependentsRunning, {
      hint: `Stop those first: ${running.join(', ')}.`,
    });
  const lateMs = service.fail?.lateMs ?? LATE_MS;
  const outcome = takeOrder(service, 'stop');
  if (typeof outcome === 'number') throw serviceError('stop', found, outcome);
  if (outcome === 'lost')
    service.next = { state: 'stop-pending', at: new Date(now.getTime() + lateMs).toISOString() };
  if (outcome === 'lost' || outcome === 'unheard')
    throw new UnreachableError('the connection broke off in the middle of the call');
  service.state = 'stop-pending';
  service.since = now.toISOString();
  if (outcome !== 'hang')
    service.next = { state: 'stopped', at: new Date(now.getTime() + service.stopMs).toISOString() };
}

/** The order to fail, if there is one for this verb; counts it down. */
function takeOrder(service: SimulatedService, verb: 'start' | 'stop' | 'config'): Outcome {
  const outcome = service.fail?.[verb];
  if (service.fail?.times === undefined || outcome === undefined) return outcome;
  service.fail.times -= 1;
  if (service.fail.times === 0) delete service.fail;
  return outcome;
}

// Windows compares service names without regard to case.
function find(content: ServicesFile, name: string, doing: ServiceVerb): [string, SimulatedService] {
  const entry = Object.entries(content.services).find(([candidate]) => same(candidate, name));
  if (entry === undefined) throw serviceError(doing, name, SERVICE_CODES.unknown);
  return entry;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
