import { ExpectedError } from '../contract/errors.ts';
import type { Node } from '../contract/node.ts';
import { readDiscovery } from '../discovery/windows.ts';
import type { LoadedRunbook } from '../runbook/loaded.ts';
import { createJourneyStore } from '../upgrade/journey/record.ts';
import type { UpgradeSide } from '../upgrade/journey/ports.ts';
import type { UpgradeSight } from '../upgrade/journey/site-state.ts';

/** What the upgrade side of a site is made of. */
export interface UpgradeSideOptions {
  readonly stateFolder: string;
  readonly makeState?: () => Promise<void>;
  readonly who: string;
  readonly release: string | undefined;
  readonly nodes: readonly Node[];
  /** Version of the database server; undefined when it does not answer, which is noted. */
  readonly askServer: (notes: string[]) => Promise<string | undefined>;
  readonly loadRunbook: (name: string) => Promise<LoadedRunbook>;
  readonly runbookNames: () => Promise<readonly string[]>;
  readonly lock: UpgradeSide['lock'];
}

/** Makes what journeys of an upgrade need of a site. */
export function createUpgradeSide(options: UpgradeSideOptions): UpgradeSide {
  const { stateFolder, makeState, who, release, nodes, askServer, loadRunbook, runbookNames, lock } = options;
  const store = createJourneyStore(stateFolder);
  let made = false;
  async function ensureState(): Promise<void> {
    if (!made) await makeState?.();
    made = true;
  }
  return {
    store: {
      ...store,
      async write(record) {
        await ensureState();
        await store.write(record);
      },
    },
    who,
    release,

    async lock() {
      await ensureState();
      return lock();
    },

    async sight(signal) {
      const notes: string[] = [];
      const [found, postgres] = await Promise.all([
        Promise.all(nodes.map((node) => releaseOn(node, notes, signal))),
        askServer(notes),
      ]);
      return { nodes: found.flat(), ...(postgres === undefined ? {} : { postgres }), notes };
    },

    async params(name) {
      if (!(await runbookNames()).includes(name)) return undefined;
      const { params } = await loadRunbook(name);
      return params.map(({ name: param, required, type, description }) => ({
        name: param,
        required,
        secret: type === 'secret',
        ...(description === undefined ? {} : { description }),
      }));
    },
  };
}

async function releaseOn(node: Node, notes: string[], signal: AbortSignal): Promise<UpgradeSight['nodes']> {
  if (node.discover === undefined) return [];
  try {
    const { release } = readDiscovery(await node.discover(signal));
    return [{ node: node.name, release: release ?? null }];
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    notes.push(`which release ${node.name} has was not found out: ${error.message}`);
    return [];
  }
}
