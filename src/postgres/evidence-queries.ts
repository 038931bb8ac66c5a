/**
 * Fixed for the transaction, so that the same row gives the same text on every server and in every account's settings.
 * `extra_float_digits` 0 prints numbers alike before and after PostgreSQL 12; `row_security` off makes a policy an error
 * instead of a smaller count, as pg_dump does.
 */
export const SETTINGS: Readonly<Record<string, string>> = {
  search_path: '',
  client_encoding: 'UTF8',
  extra_float_digits: '0',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  xmlbinary: 'base64',
  lc_monetary: 'C',
  lc_numeric: 'C',
  lc_time: 'C',
  row_security: 'off',
  // While the dump reads, this session may have nothing to do; its snapshot must not go.
  idle_in_transaction_session_timeout: '0',
};

/** Gives what `pg_dump --snapshot` takes. */
export const EXPORT_SNAPSHOT = 'select pg_catalog.pg_export_snapshot() as id';

/** Begins the transaction that every number of the evidence comes from. */
export const BEGIN = 'begin isolation level repeatable read, read only';

/** Schemas of PostgreSQL itself, temporary ones among them. Names are compared, so no mode of quoting matters. */
const FOREIGN_SCHEMA = String.raw`(n.nspname like 'pg\_%' or n.nspname = 'information_schema')`;

/** Belongs to an extension: `CREATE EXTENSION` brings it back, and another version brings other things. */
function ofExtension(catalog: string, oid: string): string {
  return `exists (select 1 from pg_catalog.pg_depend d
                   where d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass
                     and d.objid = ${oid} and d.deptype = 'e')`;
}

/** Tables of extensions whose rows pg_dump writes all the same (`pg_extension_config_dump`). */
const CONFIGURATION = `exists (select 1 from pg_catalog.pg_extension e where c.oid = any (e.extconfig))`;

/**
 * Tables whose rows pg_dump writes: ordinary, unlogged, and the leaves of partitioned ones. Columns by name: a child of
 * an inherited table may have them in another order after a restore.
 */
export const TABLES = `
  select n.nspname::pg_catalog.text as schema, c.relname::pg_catalog.text as name,
         array(select a.attname::pg_catalog.text from pg_catalog.pg_attribute a
                where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                order by a.attname::pg_catalog.text collate "C") as columns
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and c.relpersistence <> 't' and not ${FOREIGN_SCHEMA}
     and (not ${ofExtension('pg_class', 'c.oid')} or ${CONFIGURATION})
   order by n.nspname::pg_catalog.text collate "C", c.relname::pg_catalog.text collate "C"`;

/** Tables that pg_dump locks before it reads: those above, and partitioned ones themselves. */
const LOCKED_TABLES = `
  select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p') and c.relpersistence <> 't' and not ${FOREIGN_SCHEMA}
     and not ${ofExtension('pg_class', 'c.oid')}`;

/** Whether a session named $1 in this database is in a transaction and holds the lock of a reader on all of them. */
export const LOCKS_HELD = `
  with wanted as (${LOCKED_TABLES})
  select exists (
    select 1 from pg_catalog.pg_stat_activity a
     where a.application_name = $1 and a.datname = pg_catalog.current_database()
       and a.pid <> pg_catalog.pg_backend_pid() and a.xact_start is not null
       and (select count(distinct l.relation) from pg_catalog.pg_locks l join wanted on wanted.oid = l.relation
             where l.pid = a.pid and l.locktype = 'relation' and l.mode = 'AccessShareLock' and l.granted
               and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = a.datname))
           = (select count(*) from wanted)
  ) as held`;

/** What `pg_dump` without `-C` leaves out of the database this connection is in. */
export const DATABASE = `
  select d.datname::pg_catalog.text as database,
         pg_catalog.pg_get_userbyid(d.datdba)::pg_catalog.text as owner,
         pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text as encoding,
         d.datcollate::pg_catalog.text as collate, d.datctype::pg_catalog.text as ctype,
         t.spcname::pg_catalog.text as tablespace, d.datconnlimit as "connectionLimit",
         case when d.datacl is null then null
              else array(select a::pg_catalog.text from pg_catalog.unnest(d.datacl) a
                          order by a::pg_catalog.text collate "C") end as acl
    from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
   where d.datname = pg_catalog.current_database()`;

/** `ALTER DATABASE SET` and `ALTER ROLE ... IN DATABASE SET`. */
export const DATABASE_SETTINGS = `
  select r.rolname::pg_catalog.text as role, c.setting
    from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_database d on d.oid = s.setdatabase
    left join pg_catalog.pg_roles r on r.oid = s.setrole
   cross join lateral pg_catalog.unnest(s.setconfig) as c (setting)
   where d.datname = pg_catalog.current_database()
   order by r.rolname::pg_catalog.text collate "C" nulls first, c.setting collate "C"`;

export const EXTENSIONS = `
  select e.extname::pg_catalog.text as name, e.extversion as version, n.nspname::pg_catalog.text as schema
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
   order by e.extname::pg_catalog.text collate "C"`;

/**
 * How many of each kind, as far as pg_dump writes them: no parts of extensions, no invalid index, no trigger or NOT
 * NULL that the server keeps for itself.
 */
export const OBJECTS = `
  with own as (
    select c.oid, c.relkind from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relpersistence <> 't' and not ${FOREIGN_SCHEMA} and not ${ofExtension('pg_class', 'c.oid')}
  ), schemas as (
    select n.oid from pg_catalog.pg_namespace n where not ${FOREIGN_SCHEMA}
  )
  select (select count(*) from own where relkind = 'v')::pg_catalog.int4 as views,
         (select count(*) from own where relkind = 'm')::pg_catalog.int4 as "materializedViews",
         (select count(*) from own where relkind = 'p')::pg_catalog.int4 as "partitionedTables",
         (select count(*) from own where relkind = 'f')::pg_catalog.int4 as "foreignTables",
         (select count(*) from own where relkind = 'S')::pg_catalog.int4 as sequences,
         (select count(*) from pg_catalog.pg_index i join own on own.oid = i.indrelid
           where i.indisvalid)::pg_catalog.int4 as indexes,
         (select count(*) from pg_catalog.pg_trigger t join own on own.oid = t.tgrelid
           where not t.tgisinternal)::pg_catalog.int4 as triggers,
         (select count(*) from pg_catalog.pg_constraint k
           where k.contype in ('c', 'f', 'p', 'u', 'x')
             and (k.conrelid in (select oid from own)
                  or k.contypid in (select t.oid from pg_catalog.pg_type t
                                     where t.typnamespace in (select oid from schemas)
                                       and not ${ofExtension('pg_type', 't.oid')})))::pg_catalog.int4 as constraints,
         (select count(*) from pg_catalog.pg_proc p
           where p.pronamespace in (select oid from schemas)
             and not ${ofExtension('pg_proc', 'p.oid')})::pg_catalog.int4 as functions`;

/** A large object with a gap is restored with zeros in it: its size is its end, and pages of zeros count for nothing. */
export const LARGE_OBJECTS = `
  select count(*)::pg_catalog.text as count, coalesce(sum(size), 0)::pg_catalog.text as bytes
    from (select m.oid, coalesce(max(l.pageno::pg_catalog.int8 * 2048 + pg_catalog.octet_length(l.data)), 0) as size
            from pg_catalog.pg_largeobject_metadata m
            left join pg_catalog.pg_largeobject l on l.loid = m.oid
           group by m.oid) sizes`;

/** For users who may not read `pg_largeobject` itself. */
export const LARGE_OBJECTS_BY_READING = `
  select count(*)::pg_catalog.text as count,
         coalesce(sum(pg_catalog.octet_length(pg_catalog.lo_get(m.oid))), 0)::pg_catalog.text as bytes
    from pg_catalog.pg_largeobject_metadata m`;

export const MAY_READ_LARGE_OBJECTS = `
  select pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT') as may`;

export const LARGE_OBJECTS_CHECKSUM = `
  select ${checksumOf('h')} as checksum
    from (select pg_catalog.md5(l.loid::pg_catalog.text || ':' || l.pageno::pg_catalog.text || ':'
                   || pg_catalog.rtrim(pg_catalog.encode(l.data, 'hex'), '0')) as h
            from pg_catalog.pg_largeobject l
           where pg_catalog.rtrim(pg_catalog.encode(l.data, 'hex'), '0') <> '') pages`;

export const SERVER = `
  select pg_catalog.current_setting('server_version') as version,
         pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as "versionNumber"`;

/** Every role but those that PostgreSQL brings itself. */
export const ROLES = String.raw`
  select r.rolname::pg_catalog.text as name, r.rolsuper as superuser, r.rolcreatedb as "createDb",
         r.rolcreaterole as "createRole", r.rolinherit as inherit, r.rolcanlogin as login,
         r.rolreplication as replication, r.rolbypassrls as "bypassRls", r.rolconnlimit as "connectionLimit",
         array(select g.rolname::pg_catalog.text from pg_catalog.pg_auth_members m
                 join pg_catalog.pg_roles g on g.oid = m.roleid
                where m.member = r.oid order by g.rolname::pg_catalog.text collate "C") as "memberOf"
    from pg_catalog.pg_roles r where r.rolname not like 'pg\_%'
   order by r.rolname::pg_catalog.text collate "C"`;

/** An identifier as SQL takes it, whatever is in it. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Exact number of rows of this table alone, not of those that inherit from it; and their checksum. */
export function countQuery(
  table: { readonly schema: string; readonly name: string; readonly columns: readonly string[] },
  checksums: boolean,
): string {
  const from = `from only ${quoted(table.schema)}.${quoted(table.name)} t`;
  if (!checksums) return `select count(*)::pg_catalog.text as rows ${from}`;
  const row = `row(${table.columns.map((column) => `t.${quoted(column)}`).join(', ')})`;
  return `select count(*)::pg_catalog.text as rows, ${checksumOf('h')} as checksum
            from (select pg_catalog.md5(${row}::pg_catalog.text) as h ${from}) hashes`;
}

/**
 * One md5 over the md5 of every row, the same in every order: their number and the sums of both halves. Sums, since with
 * exclusive-or a row that is there twice would count for nothing.
 */
function checksumOf(hash: string): string {
  const half = (start: number): string =>
    `coalesce(sum(('x' || pg_catalog.substr(${hash}, ${start}, 16))::pg_catalog.bit(64)::pg_catalog.int8), 0)::pg_catalog.text`;
  return `pg_catalog.md5(count(*)::pg_catalog.text || ':' || ${half(1)} || ':' || ${half(17)})`;
}
