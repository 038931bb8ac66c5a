import type { JsonObject } from '../contract/json.ts';
import { licenseFacts } from '../platform/qrs/license.ts';
import { plannedQuery, readTable, type Columns } from './read-table.ts';
import { quoteName } from './recreate.ts';
import type { SqlClient } from './server.ts';
import { columnNamed, findTable } from './tables.ts';

/** What the repository database tells of the license. What it did not tell is absent. */
export interface LicenseRecord {
  /** As `licenseFacts` gives them; null: the table is there and holds none. */
  readonly license?: JsonObject | null;
  /** How many users each kind of access is assigned to. */
  readonly assignments: Readonly<Record<string, number>>;
}

/** One row of "Licenses". */
interface LicenseRow {
  name?: string;
  organization?: string;
  product?: string;
  isExpired?: boolean;
  expiredReason?: string;
  isBlacklisted?: boolean;
  isInvalid?: boolean;
  isSubscription?: boolean;
  keyDetails?: string;
  deleted?: boolean;
}

/** Columns as the repository API calls the parts of a license; a release that has others is asked for none of them. */
const LICENSE_COLUMNS: Columns<Required<LicenseRow>> = {
  name: ['Name', 'text'],
  organization: ['Organization', 'text'],
  product: ['Product', 'text'],
  isExpired: ['IsExpired', 'boolean'],
  expiredReason: ['ExpiredReason', 'text'],
  isBlacklisted: ['IsBlacklisted', 'boolean'],
  isInvalid: ['IsInvalid', 'boolean'],
  isSubscription: ['IsSubscription', 'boolean'],
  keyDetails: ['KeyDetails', 'text'],
  deleted: ['Deleted', 'boolean'],
};

/** Tables of the assignments (known since September 2018), by the kind of access; one row a user. */
export const ASSIGNMENT_TABLES: Readonly<Record<string, string>> = {
  professional: 'LicenseProfessionalAccessTypes',
  analyzer: 'LicenseAnalyzerAccessTypes',
  user: 'LicenseUserAccessTypes',
};

/** How the rows of one table are counted. */
function countQuery(schema: string, table: string, deleted: string | undefined): string {
  const kept = deleted === undefined ? '' : ` where ${quoteName(deleted)}::text is distinct from 'true'`;
  return `select count(*)::int as count from ${quoteName(schema)}.${quoteName(table)}${kept}`;
}

/** What {@link countAssignments} sends, where the release has these tables. */
export const COUNT_STATEMENTS: readonly string[] = Object.values(ASSIGNMENT_TABLES).map((table) =>
  countQuery('public', table, undefined),
);

/** What {@link readLicense} sends, as far as a release has these tables and columns. */
export const LICENSE_STATEMENTS: readonly string[] = [
  plannedQuery('Licenses', LICENSE_COLUMNS),
  ...Object.values(ASSIGNMENT_TABLES).map((table) => countQuery('public', table, 'Deleted')),
];

/**
 * Reads the license and how many users have an assignment from the repository database (QSR). Looks first which tables and
 * columns there are, since releases differ; neither key nor serial number is read.
 */
export async function readLicense(client: SqlClient): Promise<LicenseRecord> {
  const rows = await readTable<LicenseRow>(client, 'Licenses', LICENSE_COLUMNS);
  const row = rows?.find(({ deleted }) => deleted !== true);
  const assignments = await countEach(client, { deletedToo: false });
  return {
    ...(rows === undefined ? {} : { license: row === undefined ? null : licenseFacts({ ...row }) }),
    assignments,
  };
}

/** How many rows the tables of the assignments have, deleted ones among them, by the kind of access: as evidence counts them. */
export async function countAssignments(client: SqlClient): Promise<Record<string, number>> {
  return countEach(client, { deletedToo: true });
}

async function countEach(
  client: SqlClient,
  how: { readonly deletedToo: boolean },
): Promise<Record<string, number>> {
  const assignments: Record<string, number> = {};
  for (const [kind, table] of Object.entries(ASSIGNMENT_TABLES)) {
    const count = await countRows(client, table, how);
    if (count !== undefined) assignments[kind] = count;
  }
  return assignments;
}

/** `12 professional, 3 analyzer`; undefined where no kind is known. */
export function assignmentsText({ assignments }: Pick<LicenseRecord, 'assignments'>): string | undefined {
  const parts = Object.entries(assignments).map(([kind, count]) => `${String(count)} ${kind}`);
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** Undefined when there is no such table. */
async function countRows(
  client: SqlClient,
  table: string,
  { deletedToo }: { readonly deletedToo: boolean },
): Promise<number | undefined> {
  const found = await findTable(client, table);
  if (found === undefined) return undefined;
  const deleted = deletedToo ? undefined : columnNamed(found.columns, 'Deleted');
  const [row] = await client.query<{ count: number }>(countQuery(found.schema, table, deleted));
  return row?.count;
}
