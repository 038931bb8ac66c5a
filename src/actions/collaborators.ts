import type { Clock } from '../foundation/clock.ts';
import type { PfxContents } from '../platform/certificates/pfx.ts';
import type { Network } from '../platform/network.ts';
import type { ReadFolderRights } from '../platform/folder-rights.ts';
import type { EvidenceSession } from '../postgres/evidence-session.ts';
import type { DumpFile, DumpedTable } from '../postgres/dumped-tables.ts';
import type { ReloadFacts } from '../postgres/reloads.ts';
import type { ClientPrograms, ServerAddress, ServerFacts, SqlClient } from '../postgres/server.ts';
import type { SiteTopology } from '../postgres/topology.ts';
import type { UsedCertificate } from '../postgres/used-certificates.ts';
import type { Site } from '../site/schema.ts';
import type { SecretReader } from '../site/secrets.ts';
import type { TreeRestore } from '../vault/restore/tree-restore.ts';
import type { Vault } from '../vault/vault.ts';
import type { Offsite } from './offsite.ts';
import type { ScratchServers } from './scratch.ts';

/** The site's PostgreSQL server with its address and password inside; an interface, so that tests need no server. */
export interface RepositoryDatabase {
  /** As a command shows it: never with a password. */
  readonly address: Pick<ServerAddress, 'host' | 'port' | 'user'>;
  /** @throws ExpectedError when the server cannot be reached or refuses the user. */
  facts(): Promise<ServerFacts>;
  /** The client programs to use. @throws PreflightError when there are none that fit. */
  programs(serverMajor: number): Promise<ClientPrograms>;
  /**
   * Tables of a dump whose names are wanted, read without the server; `dumpMajor` is the version of pg_dump.
   * @throws ExpectedError when the dump is damaged or no program can read it
   */
  dumpedTables(
    dump: DumpFile,
    dumpMajor: number,
    wanted: (table: string) => boolean,
    signal: AbortSignal,
  ): Promise<DumpedTable[]>;
  /**
   * Which of these roles own something that a dump makes, read like {@link dumpedTables}.
   * @throws ExpectedError when the dump is damaged or no program can read it
   */
  dumpedOwners(
    dump: DumpFile,
    dumpMajor: number,
    roles: readonly string[],
    signal: AbortSignal,
  ): Promise<string[]>;
  /** Nodes and failover timeout as the repository database has them. */
  topology(database: string): Promise<SiteTopology>;
  /** Reloads that run or are due, as the repository database has them. */
  reloads(database: string): Promise<ReloadFacts>;
  /** The customer's own certificates that proxies and data encryption use. */
  usedCertificates(database: string): Promise<UsedCertificate[]>;
  /**
   * Begins a transaction in one database, for its evidence and its dump; the session has this application name.
   * @throws ExpectedError when that is not possible.
   */
  evidence(database: string, applicationName: string): Promise<EvidenceSession>;
  /**
   * A connection to one database (`postgres` for what concerns all of them) for described SQL operations; the session
   * has this application name. Whoever opens it closes it. @throws ExpectedError when that is not possible.
   */
  connect(database: string, applicationName: string): Promise<SqlClient>;
  /** Environment for client programs while `work` runs; the password is in a file that is removed afterwards. */
  withEnvironment<T>(work: (env: Readonly<Record<string, string>>) => Promise<T>): Promise<T>;
  /** Ends sessions with this application name and removes password files; gives what was done, in plain sentences. */
  cleanUp(applicationName: string): Promise<string[]>;
}

/** Asks the person for something only a person can do. */
export interface PersonPort {
  /** False without a terminal: then nothing is ever asked. */
  readonly canAsk: boolean;
  /** Whether the person says that it is done. */
  confirm(text: string, signal: AbortSignal): Promise<boolean>;
}

/** What the actions are made of. */
export interface ActionCollaborators {
  readonly site: Site;
  readonly vault: Vault;
  readonly offsite: Offsite;
  readonly database: RepositoryDatabase;
  /**
   * Another server, with the user and the password of the site's own: one that its databases are moved to; or its own, with SSL or
   * without.
   */
  readonly databaseAt: (place: Pick<ServerAddress, 'host' | 'port' | 'ssl'>) => RepositoryDatabase;
  readonly scratch: ScratchServers;
  /** Restores the folders of backup sets. */
  readonly restoreTrees: TreeRestore;
  readonly secrets: SecretReader;
  readonly person: PersonPort;
  readonly clock: Clock;
  /** Folder with RESTORE.md and the other templates. */
  readonly templates: string;
  /** Name and version of this tool, for the manifest. */
  readonly tool: string;
  readonly network: Network;
  /** Hides a secret in everything that is said from now on: one that another program told. */
  readonly hide: (secret: string) => void;
  /** Name of this machine. */
  readonly host: string;
  /** `<state>` of the site. */
  readonly stateFolder: string;
  /** Folder where programs put temporary files. */
  readonly temporaryFolder: string;
  /** Free bytes where `folder` or its nearest existing parent lies. */
  readonly freeBytes: (folder: string) => Promise<number>;
  readonly rights: ReadFolderRights;
  /** Opens a PKCS #12 file. @throws VerificationError when the password or the file is wrong. */
  readonly openPfx: (file: string, password: string) => Promise<PfxContents>;
}
