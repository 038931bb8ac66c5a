import type { WindowsFindings } from '../discovery/windows.ts';
import type { Site } from '../site/schema.ts';

/** A volume and what of the site lies on it. Bytes. */
export interface UsedVolume {
  readonly name: string;
  readonly free: number;
  readonly size: number;
  readonly holds: readonly string[];
}

/** Volumes on which Qlik Sense or PostgreSQL lie, as far as their folders are known. */
export function volumesOf(found: WindowsFindings, { qlik }: Pick<Site, 'qlik'>): UsedVolume[] {
  const folders: [string, string | undefined][] = [
    ['Qlik Sense', found.installFolder ?? qlik.installFolder],
    ['its data', qlik.programDataFolder],
    ...found.databases.map(({ bin, data }): [string, string | undefined] => ['PostgreSQL', data ?? bin]),
  ];
  // A volume may be mounted in a folder of another one.
  const deepest = [...found.volumes].sort((a, b) => b.name.length - a.name.length);
  const holds = new Map<string, Set<string>>();
  for (const [what, folder] of folders) {
    const volume = deepest.find(({ name }) => folder?.toLowerCase().startsWith(name.toLowerCase()));
    if (volume !== undefined) holds.set(volume.name, (holds.get(volume.name) ?? new Set<string>()).add(what));
  }
  return found.volumes.flatMap((volume) => {
    const what = holds.get(volume.name);
    return what === undefined ? [] : [{ ...volume, holds: [...what] }];
  });
}
