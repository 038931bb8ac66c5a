import type { DatabaseEvidence } from '../postgres/evidence-format.ts';
import { boundNames, objectIn, objectsIn, textIn, type BoundName } from '../vault/bound-names.ts';
import type { SetEvent } from '../vault/history.ts';
import type { Manifest } from '../vault/vault.ts';

const DAY_MS = 86_400_000;

/** What `backups show` tells of a complete set besides its summary; part of its JSON. */
export interface SetView {
  readonly quiesce?: string;
  /** False: databases and share are not of one moment. */
  readonly mutuallyConsistent?: boolean;
  readonly quietMs?: number;
  readonly databases: readonly DatabaseView[];
  /** Copied folders. */
  readonly folders: readonly { readonly folder: string; readonly files: number; readonly bytes: number }[];
  readonly certificates: readonly CertificateView[];
  /** Absent when the repository API was not asked. */
  readonly repository?: RepositoryView;
  /** `none`: made before evidence was recorded; anything else: what is wrong with it. */
  readonly evidenceProblem?: string;
  /** Every later look at it, oldest first; absent for a set that is not in a folder here. */
  readonly history?: readonly SetEvent[];
  /** What is bound to a name of this site, and changes when the set is restored on another host. */
  readonly names: readonly BoundName[];
}

/** One dump, and what its database held by the evidence. */
interface DatabaseView {
  readonly name: string;
  readonly file: string;
  /** Of the dump. */
  readonly bytes: number;
  readonly tables?: number;
  readonly rows?: number;
  readonly largeObjects?: number;
  readonly largeObjectBytes?: number;
}

/** One exported certificate. */
interface CertificateView {
  readonly file: string;
  readonly role: string;
  readonly subject: string;
  readonly notAfter: string;
  /** Whole days until it expires; negative: since. */
  readonly daysLeft: number;
}

/** What the repository API told while the set was made. */
interface RepositoryView {
  readonly askedAt?: string;
  readonly version?: string;
  /** Number of `apps`, `users`, `streams`, `reloadTasks`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Facts of the license; null: the site has none. */
  readonly license?: Readonly<Record<string, unknown>> | null;
}

/** What is known of a set, from its files. */
export interface SetFacts {
  readonly manifest: Manifest;
  readonly evidence: readonly DatabaseEvidence[] | undefined;
  readonly evidenceProblem?: string;
  readonly history: readonly SetEvent[] | undefined;
}

/** Puts together what a set holds. A manifest of an older version lacks some of it, and is shown all the same. */
export function viewSet({ manifest, evidence, evidenceProblem, history }: SetFacts, now: Date): SetView {
  const { quiesce, mutuallyConsistent, quietMs } = manifest as Record<string, unknown>;
  const certificates = objectsIn(manifest['certificates']).map((entry) => ({
    file: textIn(entry['file']),
    role: textIn(entry['role']),
    subject: textIn(entry['subject']),
    notAfter: textIn(entry['notAfter']),
    daysLeft: Math.floor((Date.parse(textIn(entry['notAfter'])) - now.getTime()) / DAY_MS),
  }));
  return {
    ...(typeof quiesce === 'string' ? { quiesce } : {}),
    ...(typeof mutuallyConsistent === 'boolean' ? { mutuallyConsistent } : {}),
    ...(typeof quietMs === 'number' ? { quietMs } : {}),
    databases: objectsIn(manifest['databases']).map((entry) => databaseView(entry, evidence ?? [])),
    folders: objectsIn(manifest['trees']).map((entry) => ({
      folder: textIn(entry['folder']),
      files: number(entry['files']),
      bytes: number(entry['bytes']),
    })),
    certificates,
    ...repositoryView(manifest['repository']),
    ...(evidenceProblem === undefined ? {} : { evidenceProblem }),
    ...(history === undefined ? {} : { history }),
    names: boundNames(manifest),
  };
}

function databaseView(
  entry: Readonly<Record<string, unknown>>,
  evidence: readonly DatabaseEvidence[],
): DatabaseView {
  const name = textIn(entry['database']) === '' ? textIn(entry['name']) : textIn(entry['database']);
  const dump = { name, file: textIn(entry['file']), bytes: number(entry['bytes']) };
  const found = evidence.find(({ database }) => database === name);
  if (found === undefined) return dump;
  return {
    ...dump,
    tables: found.tables.length,
    rows: found.tables.reduce((sum, { rows }) => sum + rows, 0),
    largeObjects: found.largeObjects.count,
    largeObjectBytes: found.largeObjects.bytes,
  };
}

function repositoryView(told: unknown): Pick<SetView, 'repository'> {
  if (typeof told !== 'object' || told === null) return {};
  const { askedAt, version, counts, license } = objectIn(told);
  const numbers = Object.entries(objectIn(counts)).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return {
    repository: {
      ...(typeof askedAt === 'string' ? { askedAt } : {}),
      ...(typeof version === 'string' ? { version } : {}),
      counts: Object.fromEntries(numbers),
      ...(license === undefined ? {} : { license: license === null ? null : objectIn(license) }),
    },
  };
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
