import { StepError } from '../contract/errors.ts';
import { moveAllowLists } from './rename-allow-lists.ts';
import type { NameSource } from './rename-sources.ts';
import { databaseStays, folderStays } from './rename-stays.ts';
import {
  changeText,
  FOLDER_COLUMNS,
  HOST_TABLES,
  moveDatabase,
  moveFolders,
  moveHosts,
  PERSISTENCE,
  type Change,
  type Move,
} from './rename-values.ts';

/** What a repository database says of the old machine. */
export interface Looked {
  readonly changes: Change[];
  /** What names the old machine, or may, and is changed by nobody here; plain sentences. */
  readonly byHand: string[];
  /** What this release has not, and what another step changes. */
  readonly notes: string[];
}

/**
 * Reads what names the old machine, and what becomes of it. @throws StepError when a folder of the share would stay on the
 * old machine
 */
export async function lookForNames(source: NameSource, move: Move, withHosts: boolean): Promise<Looked> {
  const folders = await source.values(PERSISTENCE, FOLDER_COLUMNS);
  const addresses = await source.values(PERSISTENCE, ['DatabaseHost', 'DatabasePort']);
  const moved = moveFolders(folders.values, move);
  if (moved.stuck.length > 0)
    throw new StepError(
      `a folder of the share would still be on the old machine, and it lies outside of the root: ${moved.stuck.join('; ')}`,
      {
        hint: 'Nothing was changed. Say where it is now: share.apps, share.static-content or share.archived-logs in site.yaml.',
      },
    );
  const address = moveDatabase(addresses.values, move);
  const found = [];
  for (const table of HOST_TABLES) found.push(await source.values(table, ['HostName']));
  const hosts = moveHosts(
    found.flatMap(({ values }) => values),
    move,
  );
  const missing = [folders, addresses, ...(withHosts ? found : [])].flatMap((one) => one.missing);
  const lists = moveAllowLists(await source.allowLists(), move);
  const connections = await source.connectionsNaming(move.from);
  return {
    changes: [...moved.changes, ...address.changes, ...lists.changes, ...(withHosts ? hosts : [])],
    byHand: [
      ...new Set([...folderStays(moved.stays), ...databaseStays(address.stays, move)]),
      ...lists.stuck.map(
        (what) =>
          `A host allow list names the old host with more than its name: ${what}. Change that in the QMC (virtual proxy, Advanced).`,
      ),
      ...(connections.length === 0
        ? []
        : [`Data connections name the old host; change them in the QMC: ${shortList(connections)}`]),
    ],
    notes: [
      ...[...new Set(missing)].map((what) => `This release has no ${what}.`),
      ...(withHosts ? [] : hosts.map((one) => `Left to the bootstrap: ${changeText(one)}`)),
    ],
  };
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length <= 10 ? shown : `${shown} and ${String(names.length - 10)} more`;
}
