import type { SqlClient } from './server.ts';
import { quoteName } from './recreate.ts';

/** A certificate of the customer's own that the repository database names. */
export interface UsedCertificate {
  /** `proxy`: HTTPS of hub and QMC (manual 6.1, p. 216); `encryption`: of apps and QVD files (6.7, p. 254). */
  readonly use: 'proxy' | 'encryption';
  /** SHA-1, upper case, without what people paste along with it (blanks, an invisible mark from the Windows dialog). */
  readonly thumbprint: string;
}

/** Columns as the repository API calls these settings; the tables' names differ between releases. */
const USES: Readonly<Record<string, UsedCertificate['use']>> = {
  sslbrowsercertificatethumbprint: 'proxy',
  encryptionkeythumbprint: 'encryption',
};

const THUMBPRINT = /^[0-9A-F]{40}$/;

/** Reads which certificates proxies and data encryption use; those of the proxies first. None is an empty list. */
export async function readUsedCertificates(client: SqlClient): Promise<UsedCertificate[]> {
  const columns = await client.query<{ schema: string; table: string; column: string }>(
    `select c.table_schema::text as schema, c.table_name::text as table, c.column_name::text as column
       from information_schema.columns c
       join information_schema.tables t using (table_schema, table_name)
      where lower(c.column_name) = any($1) and t.table_type = 'BASE TABLE'
        and c.table_schema not in ('pg_catalog', 'information_schema')
      order by lower(c.column_name) desc, 1, 2`,
    [Object.keys(USES)],
  );
  const used = new Map<string, UsedCertificate>();
  for (const { schema, table, column } of columns) {
    const use = USES[column.toLowerCase()];
    if (use === undefined) continue;
    const name = quoteName(column);
    const rows = await client.query<{ value: string | null }>(
      `select distinct ${name}::text as value from ${quoteName(schema)}.${quoteName(table)} order by 1`,
    );
    for (const { value } of rows) {
      const thumbprint = (value ?? '').replace(/[^0-9a-f]/gi, '').toUpperCase();
      if (THUMBPRINT.test(thumbprint) && !used.has(thumbprint)) used.set(thumbprint, { use, thumbprint });
    }
  }
  return [...used.values()];
}
