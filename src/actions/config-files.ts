import * as z from 'zod';
import { VerificationError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import { joinPath, liesIn } from '../site/paths.ts';
import type { Site } from '../site/schema.ts';
import { pathAsName } from './set-paths.ts';
import type { SetPlace } from './set-place.ts';

const manifestFacts = z.object({
  site: z.object({
    release: z.string().optional(),
    installFolder: z.string().optional(),
    programDataFolder: z.string().optional(),
    nodes: z.array(z.object({ name: z.string(), host: z.string() })).default([]),
    database: z.object({ host: z.string() }).optional(),
  }),
  files: z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string() })),
  trees: z.array(z.object({ folder: z.string() })).default([]),
});

/** What a set tells of the configuration of one node. */
export interface SetConfig {
  readonly release?: string;
  /** Of the node when the set was made; absent: the set does not know it. */
  readonly host?: string;
  /** Host names of the site then, its database's too. */
  readonly names: readonly string[];
  readonly files: readonly ConfigFile[];
  /** Folders that were copied whole, as they lie in the set. */
  readonly folders: readonly string[];
}

/** One configuration file of a set. */
export interface ConfigFile {
  /** In the set, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** Path on the node as this machine reaches it; absent: the site file names no such file. */
  readonly target?: string;
}

/** Reads it from the manifest, also of a set that is not fetched yet. @throws VerificationError */
export async function readSetConfig(
  place: Pick<SetPlace, 'read'>,
  set: string,
  { config, qlik }: Pick<Site, 'config' | 'qlik'>,
  node: Pick<ReadableNode, 'name' | 'host' | 'reach'>,
): Promise<SetConfig> {
  const parsed = manifestFacts.safeParse(await place.read(set));
  if (!parsed.success)
    throw new VerificationError(`The manifest of backup set ${set} does not tell its configuration files.`, {
      hint: 'Only sets of the backup runbook can be restored.',
      cause: parsed.error,
    });
  const { site, files, trees } = parsed.data;
  const host = site.nodes.find(({ name }) => name === node.name)?.host;
  const prefix = `config/${node.name}/`;
  const patterns = config.files.map((file) => patternOf(file));
  return {
    ...(site.release !== undefined && { release: site.release }),
    ...(host !== undefined && { host }),
    names: [...site.nodes.map((one) => one.host), site.database?.host ?? '']
      .filter((name) => name !== '' && !/^localhost$|^127\./i.test(name))
      .flatMap((name) => [name, ...shortName(name)]),
    files: files
      .filter(({ path }) => path.startsWith(prefix))
      .map((file) => {
        const target = targetOf(file.path.slice(prefix.length));
        return { ...file, ...(target !== undefined && { target }) };
      }),
    folders: trees.map(({ folder }) => folder).filter((folder) => folder.startsWith(prefix)),
  };

  /** How a path of the site file stands in the set: its folders may have been others then. */
  function patternOf(file: string): { readonly reached: string; readonly inSet: readonly string[] } {
    const moved = [
      [qlik.installFolder, site.installFolder],
      [qlik.programDataFolder, site.programDataFolder],
    ] as const;
    const [now, then] = moved.find(([folder]) => liesIn(file, folder)) ?? [];
    const original =
      now === undefined || then === undefined
        ? file
        : joinPath(then, ...namesOf(file).slice(namesOf(now).length));
    const inSet = pathAsName(node.reach(original)).split('/');
    // A rim is reached by its name, and that may have been another one.
    if (host !== undefined && inSet[0]?.toLowerCase() === node.host.toLowerCase()) inSet[0] = host;
    return { reached: node.reach(file), inSet };
  }

  function targetOf(relative: string): string | undefined {
    const names = relative.split('/');
    for (const { reached, inSet } of patterns) {
      const fits =
        inSet.length === names.length && inSet.every((part, index) => fitsStar(part, names[index] ?? ''));
      if (fits) return withStars(reached, names);
    }
    return undefined;
  }
}

/** Puts the names that stood for `*` in the set into a path of the node; counted from the end, where both are alike. */
function withStars(reached: string, names: readonly string[]): string {
  const parts = reached.split(/([\\/])/);
  const last = parts.length - 1;
  return parts
    .map((part, index) => (part.includes('*') ? (names.at((index - last) / 2 - 1) ?? part) : part))
    .join('');
}

function fitsStar(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'is').test(name);
}

/** The name without its domain; one of two or three letters would be found in anything. */
function shortName(name: string): string[] {
  const [first = ''] = name.split('.');
  return first === name || first.length < 4 || /^\d+$/.test(first) ? [] : [first];
}

function namesOf(path: string): string[] {
  return path.split(/[\\/]/).filter((name) => name !== '');
}
