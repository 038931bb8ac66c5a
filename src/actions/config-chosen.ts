import type { CheckResult, ReadContext } from '../contract/action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { readSetConfig, type ConfigFile } from './config-files.ts';
import type { SetPlace } from './set-place.ts';

/** So many names are listed for somebody who mistyped one. */
const LISTED = 20;

/** What a person chose, one by one: each entry may hold several with a comma between them. Empty: every file. */
export function chosenFiles(given: readonly string[]): string[] {
  return given
    .flatMap((entry) => entry.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * Whether a file is meant by what was chosen: by its name, the end of its path or all of it, without regard to case and kind of
 * slash; `*` stands for anything within one name.
 */
export function isChosen(
  { path, target = path }: Pick<ConfigFile, 'path' | 'target'>,
  chosen: string,
): boolean {
  const parts = plain(chosen)
    .split('*')
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  const pattern = new RegExp(`(^|/)${parts.join('[^/]*')}$`, 'u');
  return pattern.test(plain(target)) || pattern.test(plain(path));
}

/** Whether the set has each of the files that were chosen; nothing when none was. A typing error must not restore nothing. */
export async function judgeChosen(
  c: Pick<ActionCollaborators, 'site'>,
  place: Pick<SetPlace, 'read'>,
  { set, only, files }: { readonly set: string; readonly only: string; readonly files: string },
  { nodes }: Pick<ReadContext, 'nodes'>,
): Promise<CheckResult[]> {
  const chosen = chosenFiles([files]);
  if (chosen.length === 0) return [];
  const id = 'restore-config-files';
  if (only !== 'all' && only !== 'config')
    return [
      {
        id,
        status: 'failed',
        message: `Configuration files are chosen (${chosen.join(', ')}), and only ${only} is restored.`,
        hint: 'They go with --only config, or with the whole of the set.',
      },
    ];
  const all = (await Promise.all(nodes.map((node) => readSetConfig(place, set, c.site, node)))).flatMap(
    (config) => config.files,
  );
  const missing = chosen.filter((one) => !all.some((file) => isChosen(file, one)));
  if (missing.length === 0)
    return [{ id, status: 'ok', message: `The set has the configuration files ${chosen.join(', ')}.` }];
  const names = [...new Set(all.map(({ path }) => path.split('/').at(-1) ?? path))].sort();
  const more = names.length > LISTED ? ` and ${String(names.length - LISTED)} more` : '';
  return [
    {
      id,
      status: 'failed',
      message: `The set has no configuration file ${missing.join(', ')}.`,
      hint:
        names.length === 0 ? 'It has none at all.' : `It has: ${names.slice(0, LISTED).join(', ')}${more}`,
    },
  ];
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('\\', '/');
}
