import { describe, expect, it } from 'vitest';
import { licenseText } from '../../../src/platform/qrs/license.ts';
import { assignmentsText, readLicense } from '../../../src/postgres/license.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';

/** A database with these tables: their columns, and the rows or the count that a statement on them gives. */
function database(tables: Readonly<Record<string, { columns: string[]; rows: object[] }>>) {
  const asked: string[] = [];
  const client: SqlClient = {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      if (text.includes('information_schema'))
        return (tables[String(values[0])]?.columns ?? []).map((column) => ({
          schema: 'public',
          column,
        })) as unknown as Row[];
      asked.push(text);
      const table = /from "public"\."(\w+)"/.exec(text)?.[1] ?? '';
      return (tables[table]?.rows ?? []) as Row[];
    },
    close: () => Promise.resolve(),
  };
  return { client, asked };
}

describe('the license in the repository database', () => {
  it('is told by the columns that are there, and neither key nor serial number is asked for', async () => {
    const { client, asked } = database({
      Licenses: {
        columns: ['ID', 'Lef', 'Serial', 'Key', 'Organization', 'IsExpired', 'KeyDetails', 'Deleted'],
        rows: [
          { c0: 'Old', c1: 'true', c2: '', c3: 'true' },
          {
            c0: 'Acme',
            c1: 'false',
            c2: 'License Number: 1234 Valid To: 2027-03-16 12:00:00 AM',
            c3: 'false',
          },
        ],
      },
      LicenseProfessionalAccessTypes: { columns: ['ID', 'Deleted'], rows: [{ count: 12 }] },
      LicenseAnalyzerAccessTypes: { columns: ['ID'], rows: [{ count: 3 }] },
    });
    const found = await readLicense(client);
    expect(found).toEqual({
      license: { organization: 'Acme', isExpired: false, validTo: '2027-03-16' },
      assignments: { professional: 12, analyzer: 3 },
    });
    expect(assignmentsText(found)).toBe('12 professional, 3 analyzer');
    expect(asked[0]).toContain('"Organization"');
    expect(asked.join()).not.toMatch(/"(Lef|Serial|Key)"/);
    expect(asked[1]).toContain(`"Deleted"::text is distinct from 'true'`);
    expect(asked[2]).not.toContain('where');
  });

  it('is not known where there is no such table, or none of these columns; without a row there is none', async () => {
    expect(await readLicense(database({}).client)).toEqual({ assignments: {} });
    expect(assignmentsText({ assignments: {} })).toBeUndefined();
    const other = database({ Licenses: { columns: ['Blob'], rows: [{}] } });
    expect(await readLicense(other.client)).toEqual({ assignments: {} });
    const empty = database({ Licenses: { columns: ['Name'], rows: [] } });
    expect(await readLicense(empty.client)).toEqual({ license: null, assignments: {} });
  });
});

describe('a license in words', () => {
  it('names product, holder, kind, last day and what is wrong with it', () => {
    const facts = { product: 2, name: 'Jane', organization: 'Acme', isSubscription: true };
    expect(licenseText({ ...facts, validTo: '2027-03-16', isExpired: true, isInvalid: false })).toBe(
      'product 2, of Jane, Acme, a subscription, until 2027-03-16, expired',
    );
    expect(licenseText({ product: '2' })).toBe('product 2');
    expect(licenseText({ product: 'Qlik Sense' })).toBe('Qlik Sense');
    expect(licenseText({})).toBe('one that tells nothing of itself');
  });
});
