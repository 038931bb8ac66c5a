import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Entry {
  readonly state: string;
  readonly next?: { readonly state: string; readonly at: string };
}

/** Services of a simulated node that run by now, sorted. */
export function runningIn(folder: string): string[] {
  const { services } = JSON.parse(readFileSync(join(folder, 'services.json'), 'utf8')) as {
    services: Record<string, Entry>;
  };
  return Object.entries(services)
    .filter(([, { state, next }]) =>
      next !== undefined && Date.parse(next.at) <= Date.now()
        ? next.state === 'running'
        : state === 'running',
    )
    .map(([name]) => name)
    .sort();
}
