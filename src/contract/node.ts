import type { JsonValue } from './json.ts';
import type { StartType } from './start-type.ts';

/** How a program ended. Text is UTF-8; at most `maxOutputBytes` of each stream is kept, the tail of it. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** A line that a program wrote, without its line end. */
export interface OutputLine {
  readonly text: string;
  readonly stream: 'stdout' | 'stderr';
  /** True while there is no line end yet: a prompt waits for an answer behind such text. It may come again, longer. */
  readonly open: boolean;
}

/** Options of one program run. */
export interface ExecOptions {
  /** Added to the environment of this process; secrets may stand here. */
  readonly env?: Readonly<Record<string, string>>;
  /** Given on stdin; without it stdin is closed. */
  readonly input?: string;
  /**
   * Talks with the program: it is told every line as it comes, one after another, and what it gives is written to stdin,
   * which stays open. What it throws ends the whole process tree and is thrown. Not together with `input`, not on
   * another server.
   */
  readonly converse?: (line: OutputLine) => string | undefined | Promise<string | undefined>;
  /** Write stdout to this file instead of keeping it. */
  readonly stdoutFile?: string;
  readonly cwd?: string;
  /** POSIX only: run the child as this user and group (PostgreSQL's server programs refuse root). */
  readonly asUser?: { readonly uid: number; readonly gid: number };
  /** After this many milliseconds the whole process tree is ended and `TimeLimitError` thrown. */
  readonly timeoutMs?: number;
  /** On abort the whole process tree is ended and the signal's reason thrown. */
  readonly signal?: AbortSignal;
  /** Exit codes that are no failure; 0 by default. */
  readonly okCodes?: readonly number[];
  readonly maxOutputBytes?: number;
  /** Called once the child runs, before anything else of it is awaited. */
  readonly onSpawn?: (child: ChildIdentity) => void;
}

/** A child process, told apart from a later one with the same pid by when it started. */
export interface ChildIdentity {
  readonly pid: number;
  /** Start time as the platform tells it, opaque; equal text means the same process. */
  readonly startedAt: string;
}

/** Windows service states, in the words of `sc.exe`. */
export type ServiceState =
  'stopped' | 'start-pending' | 'stop-pending' | 'running' | 'continue-pending' | 'pause-pending' | 'paused';

/** What is known of one service. */
export interface ServiceStatus {
  readonly name: string;
  readonly displayName: string;
  readonly state: ServiceState;
  readonly startType: 'automatic' | 'manual' | 'disabled';
  /** Of automatic start, two minutes after the others; absent where it is not. */
  readonly delayed?: true;
  readonly pid?: number;
  /** Win32 error that it ended with; only of one that is stopped, where there is one. */
  readonly exitCode?: number;
  /** Whether it was not started since Windows was; only of one that is stopped, and absent where nobody can tell. */
  readonly neverStarted?: boolean;
}

/** Limits of one start or stop. Milliseconds. */
export interface ServiceWait {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Limits of a start. */
export interface StartWait extends ServiceWait {
  /**
   * Its stop was asked for, and whether it took that order is not known: that it says it runs counts only after it has said
   * so for longer than an order can lie about. When it stops instead, it is started.
   */
  readonly mayBeStopping?: boolean;
}

/** The Qlik Sense services of one node. */
interface ServiceReader {
  /** Qlik Sense services that exist on the node, the database's own among them, in no particular order. */
  list(): Promise<ServiceStatus[]>;
  /** @throws ServiceError 1060 when there is no such service. */
  query(name: string): Promise<ServiceStatus>;
  /** Names of services that depend on `name`, from `sc enumdepend`. */
  dependents(name: string): Promise<string[]>;
}

/** Changes services. Start and stop wait until the wanted state is reached; being there already is success. */
export interface ServiceManager extends ServiceReader {
  /** @throws ServiceError with the Win32 code where there is one (1051, 1053, 1058, 1060, 1061). */
  start(name: string, wait: StartWait): Promise<void>;
  /** An answer that is lost is not the end: the service is watched until it has stopped or has kept running for long. */
  stop(name: string, wait: ServiceWait): Promise<void>;
  /** Whether the service runs stays as it is. @throws ServiceError with the Win32 code where there is one (5, 1060). */
  setStartType(name: string, startType: StartType): Promise<void>;
}

/** Limits of waiting for the Repository Service. Milliseconds. */
export interface ReadyWait extends ServiceWait {
  /** Give up after so long when the port of another machine was never reached: a firewall does not open by waiting. */
  readonly unreachableMs?: number;
}

/** With what the repository API is asked: PEM. Only these roots are trusted, not those of the machine. */
export interface RepositoryCredentials {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly rootsPem: readonly string[];
}

/** Limits of one answer of the repository API. */
export interface AnswerWait extends ServiceWait {
  /** Default: a mebibyte, since counts and facts are a few hundred bytes. */
  readonly largestBytes?: number;
}

/** The repository API of a node, on port 4242, for reading alone. */
export interface RepositoryApi {
  /** Address of a path such as `/qrs/about`. */
  url(path: string): string;
  /** The JSON answered. @throws RepositoryApiError, or the signal's reason. */
  get(path: string, credentials: RepositoryCredentials, wait: AnswerWait): Promise<JsonValue>;
}

/** The repository API of a node, for changing too. */
export interface RepositoryWriter extends RepositoryApi {
  /** The JSON answered, null when there is none. @throws RepositoryApiError, or the signal's reason. */
  send(
    request: {
      readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
      readonly path: string;
      readonly body?: JsonValue;
    },
    credentials: RepositoryCredentials,
    wait: ServiceWait,
  ): Promise<JsonValue>;
}

/** Where Windows keeps certificates that Qlik Sense uses (manual 5.4, p. 189). */
export type CertificateStoreName = 'LocalMachine/Root' | 'LocalMachine/My' | 'CurrentUser/My';

/** What is known of one certificate. Times are ISO 8601 UTC. */
export interface CertificateInfo {
  readonly store: CertificateStoreName;
  readonly thumbprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly hasPrivateKey: boolean;
  /** What this account may do with the private key; absent where that cannot be told without exporting it. */
  readonly keyState?: 'exportable' | 'not-exportable' | 'no-access';
  /** Text of the extension 1.3.6.1.5.5.7.13.3 that Qlik Sense writes (Root, Server, Client). */
  readonly qlikRole?: string;
}

/** Reads certificates. */
export interface CertificateReader {
  list(): Promise<CertificateInfo[]>;
}

/** Exports, imports and removes certificates. */
export interface CertificateManager extends CertificateReader {
  /**
   * Writes a PKCS #12 file with private key and chain, protected by `password`, to a path of this machine; to a `.cer` file
   * the certificate alone. Real stores refuse when the file exists.
   */
  export(store: CertificateStoreName, thumbprint: string, file: string, password: string): Promise<void>;
  /**
   * Puts the certificate of a file into the store, its key exportable. One that is there with its key stays as it is; one
   * without is replaced. `account` gets read access to the key, also to one that was there: of a store of the machine only
   * some may use keys. Of a `.cer` file it is the certificate alone, and neither password nor account matter.
   */
  import(
    store: CertificateStoreName,
    file: string,
    password: string,
    account?: string,
  ): Promise<CertificateInfo>;
  /** Takes it from the store with its key; one that is not there is success. */
  remove(store: CertificateStoreName, thumbprint: string): Promise<void>;
}

/** One value of the Windows registry: a text, a number of 32 bits, or the bytes of another type by its number. */
export type RegistryValue = { readonly name: string } & (
  | { readonly text: string }
  | { readonly number: number }
  | { readonly type: number; readonly bytes: Uint8Array }
);

/** One key of the Windows registry, `HKEY_LOCAL_MACHINE\\...`. */
export interface RegistryKey {
  readonly path: string;
  readonly values: readonly RegistryValue[];
}

/** The ODBC system data sources of a server, as its registry has them. */
export interface OdbcSources {
  readonly keys: readonly RegistryKey[];
  /** Values that look like passwords, by name alone. */
  readonly leftOut: readonly { readonly key: string; readonly name: string }[];
}

/** What a program's file tells of itself. Without Windows nobody reads more than size and hash. */
export interface ProgramInfo {
  /** Product name of its version resource: `Qlik Sense May 2025`. */
  readonly product?: string;
  readonly version?: string;
  /** Who signed it, where the signature holds. */
  readonly signer?: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Facts of a node that a plan depends on. */
export interface NodeFacts {
  readonly hostName: string;
  readonly platform: 'windows' | 'linux' | 'other';
  readonly user: string;
  readonly elevated: boolean;
}

/** Whether a port took a connection, and what was said where it did not. */
export type Connection = { readonly reached: true } | { readonly reached: false; readonly why: string };

/** A node as describing, preparing and checking see it: nothing can be changed through it. */
export interface ReadableNode {
  readonly name: string;
  readonly host: string;
  readonly role: 'central' | 'rim';
  readonly failoverCandidate: boolean;
  readonly transport: 'local' | 'winrm' | 'ssh' | 'sc' | 'simulated';
  readonly services: ServiceReader;
  readonly certificates: CertificateReader;
  facts(): Promise<NodeFacts>;
  /** What `facts` runs, as one would type it on this machine; absent where it runs no program. */
  readonly factsCommand?: readonly string[];
  /** The path under which this machine reaches a path of the node (`C:\x` of a rim is `\\host\C$\x`). */
  reach(path: string): string;
  /** Where `ready` asks. */
  readonly readyUrl: string;
  /** Its ODBC system data sources; absent where there is no Windows, or no way to ask it. @throws ExpectedError */
  readonly odbc?: (signal: AbortSignal) => Promise<OdbcSources>;
  /**
   * What its Windows tells of itself and of Qlik Sense (`discover.ps1`), for `readDiscovery`. Absent where there is no
   * Windows, or no way to ask it.
   */
  readonly discover?: (signal: AbortSignal) => Promise<JsonValue>;
  /** What a program file of the node says of itself; undefined: there is no such file. Absent where it cannot be looked at. */
  readonly programInfo?: (file: string, signal: AbortSignal) => Promise<ProgramInfo | undefined>;
  /**
   * Complete paths of a program on another Windows server, the one to prefer first: `FOLDER\\VERSION\\bin\\PROGRAM` below the
   * folders, in which `%ProgramFiles%` may stand, and on its PATH. Absent where nobody can look. @throws ExpectedError
   */
  readonly findProgram?: (
    program: string,
    folders: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly string[]>;
  /** Whether a port takes a connection from another Windows server. Absent where nothing can be run on it. @throws ExpectedError */
  readonly connects?: (host: string, port: number, wait: ServiceWait) => Promise<Connection>;
  /** Absent where there is none: a simulated node has services, but nothing that would answer. */
  readonly repository?: RepositoryApi;
  /** Only of a simulated node: the port of this machine that is asked instead of those of the central node that was. */
  readonly oldCentralPort?: number;
  /** Whether certificates can be unlocked on it from here. */
  readonly canUnlock?: boolean;
  /**
   * Resolves when the Qlik Sense Repository Service answers (state 2 of port 4444; simulated: its file).
   * @throws NotReadyError when the time is up, or the signal's reason
   */
  ready(wait: ReadyWait): Promise<void>;
}

/** A node in full; only the engine holds it, actions reach effects through their context. */
export interface Node extends ReadableNode {
  readonly services: ServiceManager;
  readonly certificates: CertificateManager;
  readonly repository?: RepositoryWriter;
  /**
   * Tells the Repository Service of the node, which waits for certificates on port 4570 of its own machine, the one-time
   * password of its registration. Absent where nothing can be run on the node. @throws ExpectedError
   */
  readonly unlockCertificates?: (password: string, wait: ServiceWait) => Promise<void>;
  /** @throws CommandError, TimeLimitError or the signal's reason. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

/** Runs a program on this machine. */
export type Exec = (argv: readonly string[], options?: ExecOptions) => Promise<ExecResult>;
