import * as z from 'zod';
import { VerificationError } from '../contract/errors.ts';
import { certificateEntries } from './certificate-index.ts';
import { hostOfCertificates } from './set-certificates.ts';
import type { SetPlace } from './set-place.ts';
import { readSetDatabases, type SetDatabases } from './set-databases.ts';

const siteFacts = z.object({
  createdAt: z.string(),
  mutuallyConsistent: z.boolean().optional(),
  site: z.object({
    name: z.string(),
    release: z.string().optional(),
    nodes: z.array(z.object({ name: z.string(), host: z.string(), role: z.string() })).min(1),
    share: z.array(z.object({ folder: z.string(), original: z.string() })).default([]),
  }),
  /** A set need not have any. */
  certificates: certificateEntries.optional(),
  trees: z.array(z.object({ folder: z.string(), files: z.number(), bytes: z.number() })),
});

/** What a restore has to know of a complete set besides its databases. */
export interface RestoreFacts extends SetDatabases {
  readonly createdAt: string;
  /** Name of the site it was made of. */
  readonly siteName: string;
  /** As the site file named it then, with its patch: `May 2025 Patch 3`. */
  readonly release?: string;
  /** Host of its central node. */
  readonly centralHost: string;
  /** In whose name its certificates are made: that one, or the host that the site was restored from before. */
  readonly certificateHost: string;
  readonly shares: readonly { readonly folder: string; readonly original: string }[];
  readonly trees: readonly { readonly folder: string; readonly files: number; readonly bytes: number }[];
  /** False: databases and share are not of one moment. */
  readonly mutuallyConsistent: boolean;
}

/** Reads it from the manifest. @throws VerificationError when the manifest is damaged or lacks what is needed. */
export async function readRestoreFacts(
  place: Pick<SetPlace, 'root' | 'read'>,
  set: string,
): Promise<RestoreFacts> {
  const databases = await readSetDatabases(place, set);
  const parsed = siteFacts.safeParse(await place.read(set));
  const central = parsed.data?.site.nodes.find(({ role }) => role === 'central');
  if (!parsed.success || central === undefined) {
    const [issue] = parsed.error?.issues ?? [];
    const what = issue === undefined ? 'its central node' : issue.path.join('.');
    throw new VerificationError(`The manifest of backup set ${set} does not tell ${what}.`, {
      hint: 'Only sets of the backup runbook can be restored.',
    });
  }
  const { createdAt, site, certificates, trees, mutuallyConsistent } = parsed.data;
  return {
    ...databases,
    createdAt,
    siteName: site.name,
    ...(site.release === undefined ? {} : { release: site.release }),
    centralHost: central.host,
    certificateHost: hostOfCertificates(certificates ?? []) ?? central.host,
    shares: site.share,
    trees,
    mutuallyConsistent: mutuallyConsistent ?? true,
  };
}
