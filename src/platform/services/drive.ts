import { ExpectedError, messageOf, ServiceError } from '../../contract/errors.ts';
import type { ServiceStatus, ServiceWait, StartWait } from '../../contract/node.ts';
import { SERVICE_CODES, serviceError } from './codes.ts';
import { keepsRunning, type Watch } from './keeps-running.ts';

/** The single requests a service control manager knows; each @throws ServiceError with the Win32 code. */
export interface ServiceControl {
  query(name: string): Promise<ServiceStatus>;
  /** Asks for the start and gives back at once. */
  sendStart(name: string): Promise<void>;
  sendStop(name: string): Promise<void>;
  /** Whether the process that a service had still runs, though the service says it is stopped. */
  outlives?(name: string, pid: number): Promise<boolean>;
}

/** What driving a service needs. */
export interface DriveCollaborators extends Watch {
  readonly control: ServiceControl;
}

/**
 * Starts a service and waits until it runs. Once it runs, or was told to, an abort cancels only the waiting: whoever
 * gives up must not leave a service down. One that may be stopping is watched first.
 * @throws ServiceError: 1053 when the time is up, what it ended with or 1067 when it ended again, 1058, 1060, 1068.
 */
export async function startService(
  collaborators: DriveCollaborators,
  name: string,
  wait: StartWait,
): Promise<void> {
  const { control, clock, pollMs } = collaborators;
  if (wait.mayBeStopping === true && (await keepsRunning(collaborators, name, wait.signal))) return;
  const deadline = clock.monotonic() + wait.timeoutMs;
  let told = false;
  for (;;) {
    const { state, exitCode } = await control.query(name);
    if (state === 'running') return;
    if (state === 'stopped') {
      if (told) throw serviceError('start', name, exitCode ?? SERVICE_CODES.endedUnexpectedly);
      told = await accepted(control.sendStart(name), SERVICE_CODES.alreadyRunning);
      if (told) continue;
    }
    if (clock.monotonic() >= deadline) throw notInTime('start', name, state, wait);
    await clock.sleep(pollMs, told || state === 'start-pending' ? wait.signal : undefined);
  }
}

/**
 * Stops a service and waits until it is stopped. One that is still starting is awaited first, and told again while
 * it cannot take the order (1061). Where its process can be looked at, that is awaited too. The order is never given
 * again when its answer is lost: the service is watched until it stops, or keeps running for long enough.
 * @throws ServiceError: 1053 when the time is up, with the process, 1061 when it never took the order, 1051 when dependents run, 1060;
 * the signal's reason.
 */
export async function stopService(
  collaborators: DriveCollaborators,
  name: string,
  wait: ServiceWait,
): Promise<void> {
  const { control, clock, pollMs } = collaborators;
  const deadline = clock.monotonic() + wait.timeoutMs;
  let told = false;
  let refused = false;
  let seen: number | undefined;
  for (;;) {
    wait.signal?.throwIfAborted();
    const { state, pid = seen } = await control.query(name);
    seen = pid;
    if (state === 'stopped') {
      // It still holds its files and ports: the Engine writes its apps back after it said that it is stopped.
      if (seen === undefined || (await control.outlives?.(name, seen)) !== true) return;
      if (clock.monotonic() >= deadline) throw outlived(name, seen, wait);
    }
    if (!told && (state === 'running' || state === 'paused')) {
      try {
        told = await accepted(control.sendStop(name), SERVICE_CODES.notRunning, SERVICE_CODES.cannotControl);
      } catch (error) {
        if (!mayStand(error)) throw error;
        if (await keepsRunning(collaborators, name, wait.signal))
          throw neverTaken(name, error, collaborators.orderLiesMs);
        told = true;
      }
      if (told) continue;
      refused = true;
    }
    if (state !== 'stopped' && clock.monotonic() >= deadline) {
      // It never took the order: that it is still running says nothing of how long it takes.
      if (refused && !told) throw serviceError('stop', name, SERVICE_CODES.cannotControl);
      throw notInTime('stop', name, state, wait, seen);
    }
    await clock.sleep(pollMs, wait.signal);
  }
}

/** Whether the order was taken; the codes given mean that the state must be looked at again. */
async function accepted(order: Promise<void>, ...lookAgain: number[]): Promise<boolean> {
  try {
    await order;
    return true;
  } catch (error) {
    if (error instanceof ServiceError && lookAgain.includes(error.serviceCode ?? Number.NaN)) return false;
    throw error;
  }
}

/** Whether the service may still do what it was told: it did not refuse, but nobody heard it agree. */
function mayStand(error: unknown): boolean {
  return error instanceof ExpectedError && !(error instanceof ServiceError && error.orderRefused);
}

function neverTaken(name: string, error: unknown, watchedMs: number): ServiceError {
  const known = error instanceof ServiceError ? error : undefined;
  const what = known?.message ?? `cannot stop ${name}: ${messageOf(error)}`;
  const hint = error instanceof ExpectedError ? error.hint : undefined;
  return new ServiceError(`${what}; it still ran ${watchedMs / 1000} s later`, name, known?.serviceCode, {
    orderRefused: true,
    cause: error,
    ...(hint !== undefined && { hint }),
  });
}

function notInTime(
  doing: 'start' | 'stop',
  name: string,
  state: string,
  wait: ServiceWait,
  pid?: number,
): ServiceError {
  const process = pid === undefined ? '' : `, process ${pid}`;
  return new ServiceError(
    `cannot ${doing} ${name}: after ${wait.timeoutMs / 1000} s it is still ${state}${process} (${SERVICE_CODES.timeout})`,
    name,
    SERVICE_CODES.timeout,
    {
      hint:
        doing === 'stop' && pid !== undefined
          ? `It hangs, or needs longer: raise timeouts.service-stop in the site file. Process ${pid} can be ended in the Task Manager of that server, which loses what it has not written yet.`
          : (serviceError(doing, name, SERVICE_CODES.timeout).hint ?? ''),
    },
  );
}

function outlived(name: string, pid: number, wait: ServiceWait): ServiceError {
  return new ServiceError(
    `cannot stop ${name}: it says that it is stopped, but its process ${pid} still runs after ${wait.timeoutMs / 1000} s`,
    name,
    SERVICE_CODES.timeout,
    {
      hint: `It still holds files and ports. Raise timeouts.service-stop in the site file, or end process ${pid} in the Task Manager of that server, which loses what it has not written yet.`,
    },
  );
}
