import type { ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import { boundNames, siteOfManifest } from '../vault/bound-names.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { isPlaceholder } from './input.ts';
import type { Move } from './rename-values.ts';
import { setPlace, type PlaceCollaborators } from './set-place.ts';

/** Which machine becomes which; what is empty is taken from the set and from the site file. */
export interface MoveInput {
  readonly set: string;
  readonly copy: string;
  /** Host of the central node that was; empty: the set's. */
  readonly from: string;
  /** Host of the new one; empty: that of the central node in the site file. */
  readonly to: string;
  /** What nodes are told as host of the database; empty: the site file's, where the old value names a machine that was. */
  readonly 'database-host': string;
}

/** What becomes what, and the other names of the old site that the set is bound to. @throws StepError when no host is known */
export async function moveOf(
  c: Pick<ActionCollaborators, 'site'> & PlaceCollaborators,
  given: MoveInput,
  context: ReadContext,
): Promise<Move & { readonly names: readonly string[] }> {
  const manifest = isPlaceholder(given.set)
    ? undefined
    : await setPlace(c, given.copy, context).read(given.set);
  const old = manifest === undefined ? { share: [] } : siteOfManifest(manifest);
  const central = c.site.nodes.find(({ role }) => role === 'central')?.host ?? '';
  const from = given.from === '' ? (old.central ?? '') : given.from;
  if (from === '' && manifest !== undefined)
    throw new StepError(
      `the manifest of backup set ${given.set} does not tell the host of its central node`,
      {
        hint: 'Nothing was changed. Name it as "from" of this step.',
      },
    );
  const { host, port } = c.site.database;
  return {
    from,
    to: given.to === '' ? central : given.to,
    share: c.site.share,
    database: { host, port },
    ...(given['database-host'] === '' ? {} : { databaseHost: given['database-host'] }),
    ...(old.databaseHost === undefined ? {} : { oldDatabaseHost: old.databaseHost }),
    names: [
      ...old.share.map(({ folder, original }) => `path of ${folder}: ${original}`),
      ...(manifest === undefined ? [] : boundNames(manifest))
        .filter(({ what }) => !what.startsWith('path of'))
        .map(({ what, name }) => `${what}: ${name}`),
    ],
  };
}
