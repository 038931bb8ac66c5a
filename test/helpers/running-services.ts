import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Entry {
  readonly state: string;
  readonly startType: string;
  readonly delayed?: boolean;
  readonly next?: { readonly state: string; readonly at: string };
}

/** Services of a simulated node that run by now, sorted. */
export function runningIn(folder: string): string[] {
  return entriesOf(folder)
    .filter(([, { state, next }]) =>
      next !== undefined && Date.parse(next.at) <= Date.now()
        ? next.state === 'running'
        : state === 'running',
    )
    .map(([name]) => name)
    .sort();
}

/** When Windows starts each service of a simulated node. */
export function startTypesIn(folder: string): Record<string, string> {
  return Object.fromEntries(
    entriesOf(folder).map(([name, { startType, delayed }]) => [
      name,
      delayed === true ? `${startType}, delayed` : startType,
    ]),
  );
}

/** Services that Windows would start after a power cut, sorted. */
export function automaticIn(folder: string): string[] {
  return entriesOf(folder)
    .filter(([, { startType }]) => startType === 'automatic')
    .map(([name]) => name)
    .sort();
}

function entriesOf(folder: string): [string, Entry][] {
  const content: unknown = JSON.parse(readFileSync(join(folder, 'services.json'), 'utf8'));
  return Object.entries((content as { services: Record<string, Entry> }).services);
}
