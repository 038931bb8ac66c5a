import { messageOf, PreflightError } from '../contract/errors.ts';
import { codeOf } from './error-codes.ts';
import type { ServerAddress } from './server.ts';

/**
 * Words what a failed connection attempt threw. Goes by SQLSTATE and by the server's `routine`, never by the
 * server's text, which may be in any language (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
export function connectError(error: unknown, address: ServerAddress, database: string): PreflightError {
  const server = `${address.host}:${address.port}`;
  const [message, hint] =
    byCode(error, address, database, server) ?? byText(messageOf(error), address, server);
  return new PreflightError(message, { hint, cause: error });
}

/**
 * Whether another password could help, of what `connect` threw: the server refused the one it got, or asks for one and
 * there is none.
 */
export function wantsPassword(error: unknown): boolean {
  if (!(error instanceof PreflightError)) return false;
  return codeOf(error.cause) === '28P01' || NO_PASSWORD.test(messageOf(error.cause));
}

type Wording = readonly [message: string, hint: string];

function byCode(
  error: unknown,
  address: ServerAddress,
  database: string,
  server: string,
): Wording | undefined {
  const said = messageOf(error);
  switch (codeOf(error)) {
    case '28P01':
      return [
        `The database server at ${server} refused the password of user "${address.user}".`,
        'Check `database.user` and `database.password` in the site file, or the pgpass file. PostgreSQL says the same when there is no such user.',
      ];
    case '28000':
      return notAllowed(error, address, database, server);
    case '3D000':
      return [
        `There is no database "${database}" on the server at ${server}.`,
        'Check the port: another PostgreSQL may be answering there. Names are listed by: psql -l',
      ];
    case '42501':
      return [
        `User "${address.user}" may not connect to database "${database}" at ${server}.`,
        'Use the superuser (postgres) in `database.user`, or grant CONNECT on this database.',
      ];
    case '55000':
      return [
        `Database "${database}" at ${server} does not accept connections.`,
        'An earlier restore or rename may have left it so (pg_database.datallowconn is false).',
      ];
    case '53300':
      return [
        `The database server at ${server} has no connection left: ${said}.`,
        'Close other clients (QMC database tools, monitoring), or raise max_connections in postgresql.conf.',
      ];
    case '57P03':
      return [
        `The database server at ${server} is starting up, shutting down or recovering: ${said}.`,
        'Wait a minute and try again; when it lasts, look into the log of PostgreSQL.',
      ];
    case 'ECONNREFUSED':
      return [
        `Nothing answers at ${server}: the connection was refused.`,
        'Is the service "Qlik Sense Repository Database" (or PostgreSQL) running? Check `database.host` and `database.port`; Qlik Sense uses port 4432.',
      ];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [
        `The name "${address.host}" of the database server cannot be resolved.`,
        'Check `database.host` in the site file and the name service of this machine.',
      ];
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return [`The database server at ${server} cannot be reached: ${said}.`, REACH_HINT];
    case 'ENOENT':
      return [
        `There is no socket of a PostgreSQL server at ${address.host}.`,
        'Check `database.host` and `database.port`, and whether the server is running.',
      ];
    case 'ECONNRESET':
    case 'EPIPE':
      return [
        `The server at ${server} closed the connection at once.`,
        'Something else than PostgreSQL may be listening there, or PostgreSQL is just ending; look into its log.',
      ];
    default:
      return undefined;
  }
}

const REACH_HINT = 'Check `database.host` and `database.port`, the network and the firewall between the two.';

/** 28000: the server's `routine` tells the cases apart. */
function notAllowed(error: unknown, address: ServerAddress, database: string, server: string): Wording {
  const said = messageOf(error);
  const routine =
    typeof error === 'object' && error !== null && 'routine' in error ? error.routine : undefined;
  if (routine === 'InitializeSessionUserId')
    return [
      `User "${address.user}" does not exist on the server at ${server}, or may not log in: ${said}.`,
      'Check `database.user` in the site file; Qlik Sense is installed with the superuser "postgres".',
    ];
  if (routine === 'ClientAuthentication')
    return [
      `The server at ${server} does not let user "${address.user}" in from this machine: ${said}.`,
      `Add a line for this machine, user and database "${database}" to pg_hba.conf and reload the server${address.ssl === true ? '' : '; when it only allows SSL, set `database.ssl: true`'}.`,
    ];
  return [
    `The server at ${server} refused user "${address.user}": ${said}.`,
    'Check the authentication method in pg_hba.conf and `database.user` in the site file.',
  ];
}

const NO_PASSWORD = /password must be a (non-empty )?string/;

/** Errors of the driver itself: they have no code, but their text is always the same English. */
function byText(said: string, address: ServerAddress, server: string): Wording {
  if (NO_PASSWORD.test(said))
    return [
      `The database server at ${server} asks for a password of user "${address.user}", and there is none.`,
      'Give one with `database.password` in the site file, or put the user into the pgpass file of this account.',
    ];
  if (said === 'timeout expired')
    return [`The database server at ${server} did not answer within the time limit.`, REACH_HINT];
  if (said.includes('does not support SSL'))
    return [
      `The database server at ${server} does not use SSL, but \`database.ssl\` asks for it.`,
      'Remove `database.ssl` from the site file, or switch SSL on in postgresql.conf.',
    ];
  return [
    `The connection to the database server at ${server} failed: ${said}`,
    'Look into the log of PostgreSQL for the same moment.',
  ];
}
