import { join } from 'node:path';
import type { Offsite } from '../actions/offsite.ts';
import { noOffsite } from '../actions/offsite.ts';
import type { Exec } from '../contract/node.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Site, SiteRepository } from '../site/schema.ts';
import type { SecretReader } from '../site/secrets.ts';
import { createFolderVault, folderParts, type FolderVaultOptions } from '../vault/folder-vault.ts';
import { createRecordFile, historiesOf, recordPath } from '../vault/restic/record.ts';
import { createResticVault } from '../vault/restic/restic-vault.ts';
import { createResticSource, type ResticSource } from '../vault/restic/source.ts';
import type { ResticTarget } from '../vault/restic/target.ts';
import type { Vault } from '../vault/vault.ts';

/** What vault and copies are made of. */
export interface VaultCollaborators {
  readonly site: Site;
  readonly secrets: SecretReader;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly stateFolder: string;
  readonly folder: FolderVaultOptions;
}

/** The vault of a site with its repositories: a folder, or a folder in which sets are built before they are sent. */
export function openVault(c: VaultCollaborators): { readonly vault: Vault; readonly offsite: Offsite } {
  const { site, clock } = c;
  const root = join(c.folder.root, site.name);
  const copies = (site.vault.copies ?? []).map(({ name, restic }) =>
    sourceOf(
      c,
      targetOf(c, 'copy', name, restic),
      recordPath(root, name),
      historiesOf(recordPath(root, name)),
    ),
  );
  const { restic } = site.vault;
  if (site.vault.kind === 'folder' || restic === undefined) {
    const vault = createFolderVault(c.folder);
    return { vault, offsite: { ...noOffsite(vault), copies } };
  }
  const source = sourceOf(
    c,
    targetOf(c, 'vault', 'vault', restic),
    join(root, 'repository.json'),
    join(root, 'history'),
  );
  const local = createFolderVault({
    ...c.folder,
    sequenceElsewhere: async () => (await source.record.read())?.sets.at(-1)?.sequence ?? 0,
  });
  const vault = createResticVault({ staging: local, source, clock, prune: restic.prune ?? 'never' });
  return {
    vault,
    offsite: {
      local,
      vault: source,
      copies,
      superfluous: () => vault.superfluous(),
      removeLocal: (set) => local.remove(set),
    },
  };
}

function sourceOf(
  c: VaultCollaborators,
  target: ResticTarget,
  record: string,
  histories: string,
): ResticSource {
  const { host, self, isAlive } = c.folder;
  return createResticSource({
    target,
    record: createRecordFile(record),
    histories,
    place: { folder: join(c.folder.root, c.site.name, 'fetched'), self: { ...self, host }, isAlive },
    clock: c.clock,
    exec: c.exec,
    cacheFolder: join(c.stateFolder, 'restic-cache'),
    parts: (folder) => folderParts(c.folder, folder),
  });
}

function targetOf(
  { site, secrets, folder, stateFolder }: VaultCollaborators,
  kind: ResticTarget['kind'],
  name: string,
  given: SiteRepository,
): ResticTarget {
  const { repository, password, program, env, options, caFile, timeout } = given;
  const hidden = typeof repository === 'string' ? undefined : repository;
  const secret = {
    RESTIC_PASSWORD: password,
    ...(hidden === undefined ? {} : { RESTIC_REPOSITORY: hidden }),
    ...env,
  };
  return {
    name,
    kind,
    site: site.name,
    program,
    repository: typeof repository === 'string' ? repository : undefined,
    options,
    ...(caFile === undefined ? {} : { caFile }),
    environmentNames: Object.keys(secret),
    async environment() {
      // restic makes its cache in the state folder, which may not be there before the first run.
      await folder.makePrivate?.(stateFolder);
      const values: Record<string, string> = {};
      for (const [variable, value] of Object.entries(secret))
        values[variable] = typeof value === 'string' ? value : await secrets.read(value);
      return values;
    },
    timeoutMs: timeout,
  };
}
