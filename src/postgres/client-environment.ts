import type { ServerAddress } from './server.ts';

/** What a client program is told by its environment. */
export interface ClientEnvironmentOptions {
  /** Absent: the user's own pgpass file decides. */
  readonly passFile?: string;
  /** Seen in pg_stat_activity; absent when the one who runs the program sets PGAPPNAME. */
  readonly applicationName?: string;
  readonly ssl?: ServerAddress['ssl'];
  /** Seconds until a connection attempt is given up; 15 by default. */
  readonly connectTimeoutSeconds?: number;
}

/**
 * Environment for pg_dump, pg_dumpall, pg_restore and psql. An empty variable is "not set" for libpq, so what stands
 * in the user's environment cannot lead the programs to another server or password, or change a dump's encoding:
 * without PGCLIENTENCODING a dump has the encoding of its database. Their messages are in English, since some are read here,
 * and since those of Windows come in its own code page; LC_ALL and LANGUAGE would count more than LC_MESSAGES.
 */
export function clientEnvironment(options: ClientEnvironmentOptions = {}): Record<string, string> {
  return {
    PGCONNECT_TIMEOUT: String(options.connectTimeoutSeconds ?? 15),
    PGCLIENTENCODING: '',
    PGHOSTADDR: '',
    PGOPTIONS: '',
    LC_MESSAGES: 'C',
    LC_ALL: '',
    LANGUAGE: '',
    ...(options.ssl === undefined ? {} : { PGSSLMODE: options.ssl ? 'require' : 'disable' }),
    ...(options.applicationName === undefined ? {} : { PGAPPNAME: options.applicationName }),
    // PGPASSWORD of the user would win over the file.
    ...(options.passFile === undefined ? {} : { PGPASSFILE: options.passFile, PGPASSWORD: '' }),
  };
}
