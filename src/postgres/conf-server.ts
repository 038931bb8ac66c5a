import type { SqlClient } from './server.ts';

/** One setting as the server's files have it. */
interface FileSetting {
  /** What counts after a restart; absent: no file sets it. */
  readonly value?: string;
  /** The file that decides; absent: none. */
  readonly file?: string;
}

/** What a server says of its settings. */
export interface ConfState {
  /** Path of postgresql.conf on the server. */
  readonly file: string;
  /** Its bytes, as latin1 text. */
  readonly text: string;
  readonly maxConnections: { readonly now: number; readonly file: FileSetting };
  readonly listen: { readonly now: string; readonly file: FileSetting };
  /** What PostgreSQL finds wrong with its files as they are on disk; settings that only wait for a restart are not among it. */
  readonly errors: readonly string[];
}

interface Row {
  readonly name: string | null;
  readonly setting: string | null;
  readonly sourcefile: string;
  readonly sourceline: number;
  readonly error: string | null;
}

/** Names of the settings that are changed here. */
const OURS = ['max_connections', 'listen_addresses'];

const SETTINGS = `
  select current_setting('config_file') as file, current_setting('max_connections') as connections,
         current_setting('listen_addresses') as listen`;

const FILE = `select encode(pg_catalog.pg_read_binary_file($1), 'base64') as bytes`;

const FILE_SETTINGS = `
  select name, setting, sourcefile, sourceline, error from pg_catalog.pg_file_settings order by seqno`;

/** What {@link readConf} sends; `$1`: the file that the first one names. */
export const CONF_STATEMENTS: readonly string[] = [SETTINGS, FILE, FILE_SETTINGS];

/** Asks for them; superusers alone may. @throws DatabaseError */
export async function readConf(client: SqlClient): Promise<ConfState> {
  const [now] = await client.query<{ file: string; connections: string; listen: string }>(SETTINGS);
  if (now === undefined) throw new TypeError('the server gave no row for its settings');
  const [content] = await client.query<{ bytes: string }>(FILE, [now.file]);
  const rows = await fileRows(client);
  return {
    file: now.file,
    text: Buffer.from(content?.bytes ?? '', 'base64').toString('latin1'),
    maxConnections: { now: Number(now.connections), file: lastOf(rows, 'max_connections') },
    listen: { now: now.listen, file: lastOf(rows, 'listen_addresses') },
    errors: errorsOf(rows),
  };
}

/** What is wrong with the files as they are on disk. */
export async function readConfErrors(client: SqlClient): Promise<string[]> {
  return errorsOf(await fileRows(client));
}

function fileRows(client: SqlClient): Promise<Row[]> {
  return client.query<Row>(FILE_SETTINGS);
}

/** The last one counts, and those of ALTER SYSTEM come last (PostgreSQL's manual, "Setting Parameters"). */
function lastOf(rows: readonly Row[], name: string): FileSetting {
  const row = rows.findLast((one) => one.name?.toLowerCase() === name);
  return row?.setting === undefined || row.setting === null
    ? {}
    : { value: row.setting, file: row.sourcefile };
}

/** A setting that needs a restart is told as one that could not be applied, in words of the server's language. */
function errorsOf(rows: readonly Row[]): string[] {
  return rows.flatMap(({ name, sourcefile, sourceline, error }) =>
    error === null || (name !== null && OURS.includes(name.toLowerCase()))
      ? []
      : [`${sourcefile}, line ${String(sourceline)}: ${error}`],
  );
}
