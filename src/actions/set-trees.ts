import * as z from 'zod';
import { VerificationError } from '../contract/errors.ts';
import type { ManifestTree } from '../vault/vault.ts';
import type { SetPlace } from './set-place.ts';

const manifestTrees = z.object({
  trees: z.array(
    z.object({
      folder: z.string().min(1),
      listing: z.string().min(1),
      files: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
      listingSha256: z.string(),
    }),
  ),
});

/** The copied folders of a set, as its manifest tells them. @throws VerificationError when it is damaged */
export async function readSetTrees(place: Pick<SetPlace, 'read'>, set: string): Promise<ManifestTree[]> {
  const parsed = manifestTrees.safeParse(await place.read(set));
  if (parsed.success) return parsed.data.trees;
  throw new VerificationError(`The manifest of backup set ${set} does not tell its folders.`, {
    hint: 'Use another set; "sense-runbook backups verify" tells which are sound.',
  });
}
