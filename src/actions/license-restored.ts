import type { JsonObject } from '../contract/json.ts';
import { ASSIGNMENT_TABLES } from '../postgres/license.ts';
import { readEvidenceFile } from './evidence-file.ts';
import {
  APPLY_AGAIN,
  compareLicense,
  repositoryFacts,
  type RepositoryDifference,
} from './repository-difference.ts';

/** What is known of a license at one time. */
export interface KnownLicense {
  /** As the repository API tells it; null: there is none; undefined: it was not asked. */
  readonly license: JsonObject | null | undefined;
  /** Rows of the tables of the assignments, by the kind of access. */
  readonly assignments: Readonly<Record<string, number>>;
}

/** What a comparison gave. */
export interface LicenseVerdict {
  /**
   * Whether the license itself was compared. Assignments alone do not tell: the rows come back with the database, and say
   * nothing of whether the license serves anybody.
   */
  readonly compared: boolean;
  readonly differences: readonly RepositoryDifference[];
}

/** What a set recorded of the license: in its manifest, and in the evidence of the repository database. */
export async function recordedLicense(
  manifest: JsonObject,
  evidenceFile: string,
  repository: string,
): Promise<KnownLicense> {
  const read = await readEvidenceFile(evidenceFile);
  const database =
    read.kind === 'found'
      ? read.evidence.databases.find(({ name }) => name.toLowerCase() === repository.toLowerCase())
      : undefined;
  const assignments = Object.entries(ASSIGNMENT_TABLES).flatMap(([kind, table]) => {
    const found = database?.tables.find(({ name }) => name === table);
    return found === undefined ? [] : [[kind, found.rows] as const];
  });
  return {
    license: repositoryFacts(manifest['repository'])?.license,
    assignments: Object.fromEntries(assignments),
  };
}

/** What is not as it was. More assignments than there were are no trouble. */
export function judgeRestored(was: KnownLicense, is: KnownLicense): LicenseVerdict {
  const license = was.license !== undefined && is.license !== undefined;
  const kinds = Object.keys(was.assignments).filter((kind) => is.assignments[kind] !== undefined);
  return {
    compared: license,
    differences: [
      ...(license ? compareLicense(was.license ?? null, is.license ?? null) : []),
      ...kinds.flatMap((kind): RepositoryDifference[] => {
        const [before, now] = [was.assignments[kind] ?? 0, is.assignments[kind] ?? 0];
        if (now >= before) return [];
        return [
          {
            message: `${String(now)} users have ${kind} access assigned; when the set was made there were ${String(before)}.`,
            hint: APPLY_AGAIN,
          },
        ];
      }),
    ],
  };
}
