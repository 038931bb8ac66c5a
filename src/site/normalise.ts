import { isThisMachine } from '../foundation/same-host.ts';
import { camelKeys } from './camel-keys.ts';
import { defaultConfigFiles, defaultLogFolders } from './defaults.ts';
import type { SiteFile } from './file-schema.ts';
import { liesIn } from './paths.ts';
import type { Site, SiteHook, SiteNode, SiteShare } from './schema.ts';

/** Makes a site of a correct site file: keys in camelCase, what can be computed filled in. */
export function normaliseSite(file: SiteFile): Site {
  const { hooks, logs, config, ...rest } = file;
  const plain = camelKeys(rest);
  const expected = [...(config.files ?? []), ...config.also];
  const databaseNode = plain.database.node ?? nodeOfHost(plain.database.host, plain.nodes);
  return {
    ...plain,
    database: { ...plain.database, ...(databaseNode === undefined ? {} : { node: databaseNode }) },
    share: outsideOnly(plain.share),
    logs: { folders: logs.folders ?? defaultLogFolders(plain.qlik) },
    config: {
      files: [
        ...new Set(config.files === undefined ? [...defaultConfigFiles(plain.qlik), ...expected] : expected),
      ],
      expected,
    },
    hooks: hooks.flatMap(hookOf),
  };
}

/** Name of the node with this host; the machine itself is the central node. Undefined when there is none. */
function nodeOfHost(host: string, nodes: readonly SiteNode[]): string | undefined {
  const wanted = host.toLowerCase();
  const found = isThisMachine(wanted)
    ? (nodes.find((node) => node.transport === 'local') ?? nodes.find((node) => node.role === 'central'))
    : nodes.find((node) => node.host.toLowerCase() === wanted);
  return found?.name;
}

/** A folder that lies in the root anyway would be kept twice. */
function outsideOnly(share: SiteShare): SiteShare {
  const { root, exclude, ...folders } = share;
  const outside = Object.entries(folders).filter(([, folder]) => !liesIn(folder, root));
  return { root, ...Object.fromEntries(outside), exclude };
}

function hookOf(hook: SiteFile['hooks'][number], index: number): SiteHook[] {
  const target = { runbook: hook.runbook, ...(hook.step === undefined ? {} : { step: hook.step }) };
  return (['before', 'after', 'on-failure'] as const).flatMap((when) => {
    const steps = hook[when];
    return steps === undefined ? [] : [{ ...target, when, steps: steps, path: ['hooks', index, when] }];
  });
}
