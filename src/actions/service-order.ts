import * as z from 'zod';
import type { ReadableNode, ServiceStatus } from '../contract/node.ts';

/** Short words a runbook uses for Qlik Sense services. */
const SERVICE_WORDS = [
  'database',
  'dispatcher',
  'repository',
  'proxy',
  'engine',
  'scheduler',
  'printing',
  'logging',
] as const;

export type ServiceWord = (typeof SERVICE_WORDS)[number];

const WORD_OF: Readonly<Record<string, ServiceWord>> = {
  qliksenserepositorydatabase: 'database',
  qliksenseservicedispatcher: 'dispatcher',
  qliksenserepositoryservice: 'repository',
  qliksenseproxyservice: 'proxy',
  qliksenseengineservice: 'engine',
  qliksenseschedulerservice: 'scheduler',
  qliksenseprintingservice: 'printing',
  qlikloggingservice: 'logging',
};

/** One word of {@link SERVICE_WORDS}, or a service name of Qlik's or PostgreSQL's, without regard to case. */
const serviceWord = z
  .string()
  .refine(
    (text) =>
      (SERVICE_WORDS as readonly string[]).includes(text.toLowerCase()) || /^(qlik|postgresql)/i.test(text),
    { error: `must be a service name or one of ${SERVICE_WORDS.join(', ')}` },
  );

/** Which services a step means. The database is meant only when `only` names it. */
export const serviceSelection = z.strictObject({
  only: z.array(serviceWord).min(1).optional(),
  except: z.array(serviceWord).optional(),
});

export type ServiceSelection = z.infer<typeof serviceSelection>;

/** The word of a service; undefined for one that is not Qlik's. PostgreSQL's own services are `postgresql-x64-14`. */
export function wordOf(service: string): ServiceWord | undefined {
  const name = service.toLowerCase();
  return WORD_OF[name] ?? (/^postgresql\b/.test(name) ? 'database' : undefined);
}

/** Whether the service is the repository database: stopped only when it is asked for by that word or by name. */
export function isDatabase(service: string): boolean {
  return wordOf(service) === 'database';
}

/**
 * Place in the start order of the manual (1.3, p. 40): database, dispatcher, repository, then the others in no
 * specific order; services that are not Qlik's come last.
 */
export function startRank(service: string): number {
  const word = wordOf(service);
  if (word === 'database') return 0;
  if (word === 'dispatcher') return 1;
  if (word === 'repository') return 2;
  return word === undefined ? 4 : 3;
}

/** Groups of services to start one after another; those in one group start side by side. */
export function startGroups(services: readonly string[]): string[][] {
  const groups = new Map<number, string[]>();
  for (const service of [...new Set(services)].sort()) {
    const rank = startRank(service);
    groups.set(rank, [...(groups.get(rank) ?? []), service]);
  }
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** Whether a service in this state was running before anyone stops it. One that is stopping was not. */
export function countsAsRunning(status: ServiceStatus): boolean {
  return status.state !== 'stopped' && status.state !== 'stop-pending';
}

/**
 * Services without which a site is down or reloads nothing, that are stopped and that only somebody starts: what a restore that
 * was given up, or a rehearsal, left. What is started is what Windows starts by itself, so nothing would start these.
 */
export function leftAtManual(all: readonly ServiceStatus[]): { repository: string[]; scheduler: string[] } {
  const left = (word: ServiceWord): string[] =>
    all
      .filter(
        ({ name, state, startType }) =>
          wordOf(name) === word && state === 'stopped' && startType === 'manual',
      )
      .map(({ name }) => name);
  return { repository: left('repository'), scheduler: left('scheduler') };
}

/** Services of `node` that `selection` means and all that depend on them, in groups in the order they are to stop. */
export async function stopGroups(
  node: ReadableNode,
  selection: ServiceSelection,
): Promise<ServiceStatus[][]> {
  const known = new Map((await node.services.list()).map((status) => [status.name, status]));
  const scope = new Map<string, ServiceStatus>();
  const dependents = new Map<string, string[]>();
  const queue = [...known.values()].filter((status) => isSelected(status.name, selection));
  for (const status of queue) {
    if (scope.has(status.name)) continue;
    scope.set(status.name, status);
    // Windows refuses to stop a service while others that depend on it run (error 1051): they belong to the stop.
    const names = (await node.services.dependents(status.name)).filter((name) => !isDatabase(name));
    dependents.set(status.name, names);
    for (const name of names) {
      if (!scope.has(name)) queue.push(known.get(name) ?? (await node.services.query(name)));
    }
  }
  return inStopOrder([...scope.values()], dependents);
}

/** Whether the step leaves the service out; it is stopped all the same when it still runs and one that is meant needs that. */
export function isExcepted(service: string, { except }: ServiceSelection): boolean {
  return except !== undefined && matches(service, except);
}

/** Whether the words of the step mean the service; the database counts as any other. */
export function isMeant(service: string, selection: ServiceSelection): boolean {
  if (selection.only !== undefined && !matches(service, selection.only)) return false;
  return !isExcepted(service, selection);
}

function isSelected(service: string, selection: ServiceSelection): boolean {
  return isMeant(service, selection) && (!isDatabase(service) || selection.only !== undefined);
}

function matches(service: string, words: readonly string[]): boolean {
  const word = wordOf(service);
  return words.some((given) => {
    const lower = given.toLowerCase();
    return lower === word || lower === service.toLowerCase();
  });
}

/** The reverse of the start order, moved back where a service must wait for those that depend on it. */
function inStopOrder(
  scope: readonly ServiceStatus[],
  dependents: ReadonlyMap<string, readonly string[]>,
): ServiceStatus[][] {
  const turns = new Map<string, number>();
  const turnOf = (name: string): number => {
    const earlier = turns.get(name);
    if (earlier !== undefined) return earlier;
    const base = 4 - Math.min(startRank(name), 3);
    // Stored before the dependents are looked at: a loop of dependencies must not hang us.
    turns.set(name, base);
    const turn = Math.max(base, ...(dependents.get(name) ?? []).map((dependent) => turnOf(dependent) + 1));
    turns.set(name, turn);
    return turn;
  };
  const groups = new Map<number, ServiceStatus[]>();
  for (const status of [...scope].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const turn = turnOf(status.name);
    groups.set(turn, [...(groups.get(turn) ?? []), status]);
  }
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}
