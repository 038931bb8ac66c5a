import type { DatabaseEvidence, TableEvidence } from './evidence-format.ts';
import { sameSpelling } from './locale.ts';

/** What a difference is about. Those from `owner` on are properties that no dump holds: whoever restores sets them. */
type DifferenceKind =
  | 'table-missing'
  | 'table-added'
  | 'rows'
  | 'checksum'
  | 'large-objects'
  | 'objects'
  | 'extension'
  | 'encoding'
  | 'owner'
  | 'locale'
  | 'rights'
  | 'setting'
  | 'connection-limit';

/** One thing that is not as it was recorded. */
export interface Difference {
  /** As the site file names it. */
  readonly database: string;
  /** `schema.name`, quoted where needed. */
  readonly table?: string;
  readonly kind: DifferenceKind;
  /** True: rows or objects are not what they were. False: a property of the database that a dump does not hold. */
  readonly data: boolean;
  /** One plain line that names database and table. */
  readonly message: string;
}

/**
 * Compares what was recorded of a database at its dump with what a restored one holds. Left out, since it differs
 * rightly in another cluster: names of the database and of its tablespace, versions of extensions (a restore takes the
 * version that is installed), who granted a right, the spelling of a locale (`en_US.UTF-8`, `en_US.utf8`). Checksums
 * are compared where both have one. Values of sequences are not recorded: they belong to no moment.
 */
export function compareEvidence(expected: DatabaseEvidence, found: DatabaseEvidence): Difference[] {
  const { name } = expected;
  return [
    ...compareTables(name, expected.tables, found.tables),
    ...compareLargeObjects(expected, found),
    ...compareObjects(expected, found),
    ...expected.extensions
      .filter((extension) => !found.extensions.some((other) => other.name === extension.name))
      .map((extension) => data(name, 'extension', `the extension ${extension.name} is missing`)),
    ...(expected.encoding === found.encoding
      ? []
      : [data(name, 'encoding', `the encoding is ${found.encoding}, and was ${expected.encoding}`)]),
    ...compareProperties(expected, found),
  ];
}

/** `schema.name` as SQL would take it; control characters, which a name may hold, as `\n`. */
export function tableText({ schema, name }: Pick<TableEvidence, 'schema' | 'name'>): string {
  return [schema, name].map(nameText).join('.');
}

function nameText(name: string): string {
  if (/^[a-z_][a-z0-9_$]*$/.test(name)) return name;
  // One line, whatever is in the name: a line feed is written as in JSON.
  const text = /[\u0000-\u001f\u007f]/.test(name)
    ? JSON.stringify(name).slice(1, -1)
    : name.replaceAll('"', '""');
  return `"${text}"`;
}

function compareTables(
  database: string,
  expected: readonly TableEvidence[],
  found: readonly TableEvidence[],
): Difference[] {
  const rest = new Map(found.map((table) => [keyOf(table), table]));
  const differences: Difference[] = [];
  for (const table of expected) {
    const other = rest.get(keyOf(table));
    rest.delete(keyOf(table));
    const text = tableText(table);
    if (other === undefined)
      differences.push(
        ofTable(database, text, 'table-missing', `is missing; it had ${rowsText(table.rows)}`),
      );
    else if (other.rows !== table.rows)
      differences.push(
        ofTable(database, text, 'rows', `has ${rowsText(other.rows)}, and had ${String(table.rows)}`),
      );
    else if (
      table.checksum !== undefined &&
      other.checksum !== undefined &&
      other.checksum !== table.checksum
    )
      differences.push(
        ofTable(
          database,
          text,
          'checksum',
          `has ${rowsText(table.rows)} as before, but not the same content`,
        ),
      );
  }
  for (const table of rest.values())
    differences.push(
      ofTable(database, tableText(table), 'table-added', `was not there; it has ${rowsText(table.rows)}`),
    );
  return differences;
}

function keyOf({ schema, name }: TableEvidence): string {
  return JSON.stringify([schema, name]);
}

function rowsText(rows: number): string {
  return rows === 1 ? '1 row' : `${String(rows)} rows`;
}

function compareLargeObjects(
  { name, largeObjects: expected }: DatabaseEvidence,
  { largeObjects: found }: DatabaseEvidence,
): Difference[] {
  const text = (objects: DatabaseEvidence['largeObjects']): string =>
    `${String(objects.count)} with ${String(objects.bytes)} bytes`;
  if (expected.count !== found.count || expected.bytes !== found.bytes)
    return [data(name, 'large-objects', `large objects: ${text(found)}, and were ${text(expected)}`)];
  if (expected.checksum === undefined || found.checksum === undefined || expected.checksum === found.checksum)
    return [];
  return [data(name, 'large-objects', `large objects: ${text(found)} as before, but not the same content`)];
}

/** Kinds that both records know: a newer release of this tool may count more of them. */
function compareObjects(expected: DatabaseEvidence, found: DatabaseEvidence): Difference[] {
  return Object.entries(expected.objects).flatMap(([kind, count]) => {
    const other = found.objects[kind];
    if (other === undefined || other === count) return [];
    // `materializedViews` as two words.
    const words = kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return [data(expected.name, 'objects', `${words}: ${String(other)}, and were ${String(count)}`)];
  });
}

function compareProperties(expected: DatabaseEvidence, found: DatabaseEvidence): Difference[] {
  const { name } = expected;
  const differences: Difference[] = [];
  function add(kind: DifferenceKind, what: string, was: string, is: string): void {
    if (was === is) return;
    const message = `${name}: ${what} is ${is}, and was ${was}`;
    differences.push({ database: name, kind, data: false, message });
  }
  add('owner', 'the owner', expected.owner, found.owner);
  if (!sameSpelling(expected.collate, found.collate))
    add('locale', 'the collation', expected.collate, found.collate);
  if (!sameSpelling(expected.ctype, found.ctype))
    add('locale', 'the character type', expected.ctype, found.ctype);
  add('rights', 'the list of rights', rightsText(expected), rightsText(found));
  add('setting', 'the list of settings', settingsText(expected), settingsText(found));
  add(
    'connection-limit',
    'the connection limit',
    String(expected.connectionLimit),
    String(found.connectionLimit),
  );
  return differences;
}

/** Rights without who granted them; no list of rights means PostgreSQL's default one. */
function rightsText({ acl, owner }: DatabaseEvidence): string {
  const entries = acl ?? ['=Tc', `${/^\w+$/.test(owner) ? owner : `"${owner.replaceAll('"', '""')}"`}=CTc`];
  const rights = entries.map((entry) => entry.replace(/\/(?:"(?:[^"]|"")*"|[^"/]*)$/, ''));
  return rights.length === 0 ? 'none' : [...new Set(rights)].sort().join(', ');
}

function settingsText({ settings }: DatabaseEvidence): string {
  const lines = settings.map(({ role, setting }) => (role === null ? setting : `${setting} (for ${role})`));
  return lines.length === 0 ? 'none' : lines.sort().join(', ');
}

function ofTable(database: string, table: string, kind: DifferenceKind, what: string): Difference {
  return { database, table, kind, data: true, message: `${database}: the table ${table} ${what}` };
}

function data(database: string, kind: DifferenceKind, what: string): Difference {
  return { database, kind, data: true, message: `${database}: ${what}` };
}
