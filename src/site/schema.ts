import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { CertificateStoreName } from '../contract/node.ts';
import type { RetentionPolicy } from '../vault/retention.ts';

/** Where a secret is kept; never the secret itself (design section 4). */
export type SecretReference =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: readonly string[] }
  | { readonly secret: string }
  | { readonly prompt: true };

/** One server of the site. */
export interface SiteNode {
  readonly name: string;
  readonly host: string;
  readonly role: 'central' | 'rim';
  readonly failoverCandidate: boolean;
  readonly transport: 'local' | 'winrm' | 'ssh' | 'sc' | 'simulated';
  /** Only with `winrm`; absent: the usual way. */
  readonly winrm?: { readonly port?: number; readonly useSsl?: boolean };
  /** Only with `ssh`; absent: as ssh's own configuration says. */
  readonly ssh?: {
    readonly user?: string;
    readonly port?: number;
    readonly key?: string;
    readonly options?: readonly string[];
  };
  /** Folder with the node's simulated state; always there when `transport` is `simulated`, never otherwise. */
  readonly folder?: string;
  /** Short names of its Qlik Sense services; absent: they are found on the node. */
  readonly services?: readonly string[];
}

/** The PostgreSQL instance that holds the repository. */
interface SiteDatabase {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absent: pgpass or the server's trust decides. */
  readonly password?: SecretReference;
  readonly ssl?: boolean;
  /** Names as written; resolve them against `pg_database` without regard to case. */
  readonly names: readonly string[];
  /** Folder of pg_dump and the others; absent: they are looked for. */
  readonly bin?: string;
  /** Whether client programs of a newer major version than the server may be used. */
  readonly clients: 'same' | 'allow-newer';
  /** Name of the node the database runs on; absent when it is no node of the site. */
  readonly node?: string;
}

/** The file share (manual 5.6 step 3, p. 209). The three folders are there only when they lie outside `root`. */
export interface SiteShare {
  readonly root: string;
  readonly apps?: string;
  readonly staticContent?: string;
  readonly archivedLogs?: string;
  /** Paths relative to `root`, with `/`, that are left out. */
  readonly exclude: readonly string[];
}

/** A folder outside the share that belongs to the site: QVD files, connectors. */
export interface SiteExtra {
  readonly name: string;
  readonly folder: string;
  /** Node the folder is on; absent: this machine reaches it by that path. */
  readonly node?: string;
}

/** A restic repository: the vault's own, or that of an offsite copy. */
export interface SiteRepository {
  /** As restic takes it (`sftp:user@host:/folder`, `s3:https://host/bucket`), or where that is kept. */
  readonly repository: string | SecretReference;
  readonly password: SecretReference;
  readonly program: string;
  /** Variables that the backend wants: `AWS_ACCESS_KEY_ID`. */
  readonly env: Readonly<Record<string, string | SecretReference>>;
  /** Extended options, `key=value` each. */
  readonly options: readonly string[];
  readonly caFile?: string;
  /** Longest time of one restic command. Milliseconds. */
  readonly timeout: number;
  /** Only the vault's own: unneeded data is removed at most this often (milliseconds), or never. */
  readonly prune?: number | 'never';
}

/** A place that gets every finished set besides the vault. */
interface SiteCopy {
  readonly name: string;
  readonly restic: SiteRepository;
}

/** Steps of the user's own, put before or after a runbook or one of its steps, or run when it fails. */
export interface SiteHook {
  readonly runbook: string;
  /** Absent: the hook belongs to the whole runbook. */
  readonly step?: string;
  readonly when: 'before' | 'after' | 'on-failure';
  /** As written; the runbook loader checks them. */
  readonly steps: readonly JsonValue[];
  /** Where `steps` stands in the site file: `['hooks', 0, 'before']`. */
  readonly path: readonly (string | number)[];
}

/** Time limits. Milliseconds. */
interface SiteTimeouts {
  readonly serviceStop: number;
  readonly serviceStart: number;
  /** Until the Repository Service answers after it was started. */
  readonly ready: number;
  /** Longest wait for running reloads before the services are stopped; 0: none. */
  readonly drain: number;
  readonly dump: number;
  readonly command: number;
  readonly connect: number;
}

/** `site.yaml` after it was checked, its keys in camelCase and its defaults filled in. */
export interface Site {
  readonly name: string;
  readonly qlik: {
    /** As Qlik names it: `May 2025`. Absent when the site file does not tell. */
    readonly release?: string;
    readonly installFolder: string;
    readonly programDataFolder: string;
  };
  /** In the order of the file; exactly one is `central`. */
  readonly nodes: readonly SiteNode[];
  readonly database: SiteDatabase;
  readonly share: SiteShare;
  readonly certificates: {
    readonly password: SecretReference;
    readonly stores: readonly CertificateStoreName[];
    /** Thumbprints of further certificates to keep (proxy, QVD encryption): 40 capital hexadecimal digits. */
    readonly include: readonly string[];
    /** In whose name they are, where the site was restored from another host. */
    readonly host?: string;
  };
  /** Log folders on every node. */
  readonly logs: { readonly folders: readonly string[] };
  /** Files and folders on every node; a `*` stands for any one name. */
  readonly config: {
    /** All of them: the defaults, or what the site file names. One that is not there is passed over. */
    readonly files: readonly string[];
    /** Those of `files` that the site file names: one that is not there is a warning. */
    readonly expected: readonly string[];
  };
  readonly extra: readonly SiteExtra[];
  readonly vault: {
    readonly kind: 'folder' | 'restic';
    /** Of a restic vault: where sets are built before they are sent, and where the newest one stays. */
    readonly folder: string;
    /** Always there when `kind` is `restic`, never otherwise. */
    readonly restic?: SiteRepository;
    readonly copies?: readonly SiteCopy[];
    /** Number of copying workers; absent: the vault decides. */
    readonly workers?: number;
    /** Bytes that must stay free. */
    readonly minimumFree?: number;
    /** Absent: no set is ever removed. */
    readonly retention?: RetentionPolicy;
  };
  /** How a drill restores a set into a scratch database. */
  readonly drill: {
    /** Folder of initdb, pg_ctl and postgres; absent: they are looked for. */
    readonly bin?: string;
    /** Where the scratch database lies; absent: the temporary folder. */
    readonly folder?: string;
  };
  readonly hooks: readonly SiteHook[];
  readonly timeouts: SiteTimeouts;
  /** State folder that replaces the platform's usual one. */
  readonly state?: string;
}

/** A site as it was loaded. */
export interface LoadedSite {
  readonly site: Site;
  /** Absolute path of the site file. */
  readonly file: string;
  /** What `site.x` means in expressions: the site with secrets as references only, hooks left out. */
  readonly values: JsonObject;
  readonly warnings: readonly string[];
  /** `file:line:column` of a path in the site file, for the hooks' loader. */
  readonly locate: (path: readonly (string | number)[]) => string;
}
