/** A restic repository that backup sets are sent to. */
export interface ResticTarget {
  /** `vault`, or the name of the copy. */
  readonly name: string;
  readonly kind: 'vault' | 'copy';
  /** Name of the site; a repository may hold the sets of several. */
  readonly site: string;
  readonly program: string;
  /** As restic takes it; undefined: it is a secret, and reaches restic by the environment. */
  readonly repository: string | undefined;
  /** Extended options, `key=value` each. */
  readonly options: readonly string[];
  /** Certificate authorities of the server, instead of the system's. */
  readonly caFile?: string;
  /** Names of the variables that `environment` gives, for display. */
  readonly environmentNames: readonly string[];
  /** Password and whatever else the repository needs. @throws UsageError when a secret cannot be read. */
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
  /** Longest time for one command. Milliseconds. */
  readonly timeoutMs: number;
}

/** How a message names the target. */
export function nameOf({ kind, name }: Pick<ResticTarget, 'kind' | 'name'>): string {
  return kind === 'vault' ? 'the repository of the vault' : `copy ${name}`;
}

/** Where it is, as far as that may be shown. */
export function placeOf({ repository }: Pick<ResticTarget, 'repository'>): string {
  return repository ?? 'a repository that the site file does not name';
}
