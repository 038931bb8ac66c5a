/**
 * `databases/evidence.json` of a set: what the databases held at the moment of their dumps (design section 8). A drill
 * compares a restored database with it.
 */
export interface Evidence {
  readonly schemaVersion: 1;
  readonly server: { readonly version: string; readonly versionNumber: number };
  /** Every role but PostgreSQL's own `pg_*`, without passwords. */
  readonly roles: readonly RoleEvidence[];
  readonly databases: readonly DatabaseEvidence[];
}

/** What `CREATE ROLE` needs to make the role again without its password. */
export interface RoleEvidence {
  readonly name: string;
  readonly superuser: boolean;
  readonly createDb: boolean;
  readonly createRole: boolean;
  readonly inherit: boolean;
  readonly login: boolean;
  readonly replication: boolean;
  readonly bypassRls: boolean;
  /** -1: no limit. */
  readonly connectionLimit: number;
  readonly memberOf: readonly string[];
}

/** One database, read in the transaction whose snapshot its dump used. */
export interface DatabaseEvidence {
  /** As the site file names it. */
  readonly name: string;
  /** As the server has it. */
  readonly database: string;
  /** Start of the transaction, UTC. */
  readonly takenAt: string;
  // What pg_dump without -C leaves out.
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly tablespace: string;
  readonly connectionLimit: number;
  /** As `datacl` prints it, sorted; null: the default rights. */
  readonly acl: readonly string[] | null;
  /** `ALTER DATABASE SET` (role null) and `ALTER ROLE ... IN DATABASE SET`, each `name=value`, sorted. */
  readonly settings: readonly { readonly role: string | null; readonly setting: string }[];
  readonly extensions: readonly {
    readonly name: string;
    readonly version: string;
    readonly schema: string;
  }[];
  /** `checksum`: md5 over all large objects, whatever their order; only with checksums. */
  readonly largeObjects: {
    readonly count: number;
    readonly bytes: number;
    readonly checksum?: string;
  };
  /** Sorted by schema and name; ordinary and partitioned tables' leaves, without PostgreSQL's own schemas. */
  readonly tables: readonly TableEvidence[];
  /** How many of each kind: views, indexes, sequences, functions, triggers, constraints. */
  readonly objects: Readonly<Record<string, number>>;
}

/** One table. `rows` is exact; `checksum` (md5, whatever the order of the rows) only when it was asked for. */
export interface TableEvidence {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
  readonly checksum?: string;
}
