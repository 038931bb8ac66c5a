import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { parseCertificate, thumbprintOf } from '../platform/certificates/describe.ts';
import { joinPath } from '../site/paths.ts';
import { RELOAD_HBA, reloadHba } from './admit-file.ts';
import { askPerson } from './ask-person.ts';
import { certificatesOf, takenThumbprints } from './certificates-selected.ts';
import { exportedFolder } from './certificates-clear-exported.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({});

const SETTINGS = `
  select current_setting('ssl') as ssl, current_setting('ssl_cert_file') as "certificateFile",
         current_setting('ssl_key_file') as "keyFile", current_setting('data_directory') as "dataFolder"`;

const CERTIFICATE = `select pg_catalog.pg_read_file($1, 0, 1000000, true) as text`;

const LOOK = sqlLook('postgres', [SETTINGS, CERTIFICATE], {
  note: '$1: ssl_cert_file; the second one only with ssl on',
  repeat: true,
});

/** What the server says of its TLS. */
interface ServerTls {
  readonly on: boolean;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly dataFolder: string;
  /** Of the certificate in the file; absent: SSL is off, or the file cannot be read as one. */
  readonly thumbprint?: string;
}

/**
 * Where PostgreSQL encrypts with the server certificate of Qlik Sense (manual 6.7, p. 244), its copy in the data folder has to be
 * renewed too: a person copies it, and the server tells whether it is the new one. Another certificate is left alone.
 */
export function createPostgresServerCertificate(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'person' | 'stateFolder'>,
): Action<z.infer<typeof input>, null> {
  const byHand = (tls: ServerTls, context: ReadContext): HumanOperation => {
    const from = joinPath(exportedFolder(c.site, { reach: (file) => file }), '.Local Certificates');
    return {
      kind: 'human',
      text: `PostgreSQL still uses the old server certificate. Copy server.pem and server_key.pem from ${from} on ${context.node.host} to ${tls.dataFolder} on the database server, over ${tls.certificateFile} and ${tls.keyFile}; keep copies of those first (manual 6.7 step 4, p. 244).`,
      effect: 'change',
      repeat: true,
    };
  };
  const read = (context: ReadContext): Promise<ServerTls> => readTls(c, context);

  return {
    name: 'postgres.server-certificate',
    effect: 'change',
    input,
    onCancel: 'kill',

    async describe(_given, context) {
      try {
        const tls = await read(context);
        if (!tls.on)
          return {
            operations: [LOOK],
            notes: ['PostgreSQL does not encrypt: it has no certificate to renew.'],
          };
        return {
          operations: [LOOK, byHand(tls, context), RELOAD_HBA],
          notes: [`PostgreSQL encrypts with ${tls.certificateFile}.`],
        };
      } catch (error) {
        return notPlanned(`What PostgreSQL encrypts with could not be seen: ${factOf(error)}`);
      }
    },

    prepare: () => Promise.resolve(null),

    async execute(_given, _before, context) {
      const tls = await context.perform(LOOK, () => read(context));
      const taken = await takenThumbprints(c, context);
      if (!tls.on || tls.thumbprint === undefined || !taken.includes(tls.thumbprint))
        return { copied: false };
      const wanted = certificatesOf(await context.node.certificates.list(), context).find(
        ({ role }) => role === 'server',
      )?.info.thumbprint;
      await askPerson(c, byHand(tls, context), 'PostgreSQL still has the old certificate', context);
      const now = await context.perform(LOOK, () => read(context));
      if (now.thumbprint === undefined || now.thumbprint !== wanted?.toUpperCase())
        throw new StepError(
          `${now.certificateFile} on the database server does not hold the new server certificate (${wanted ?? 'none was found'}) but ${now.thumbprint ?? 'nothing that can be read'}`,
          {
            hint: 'Copy both files, and let the account of the database service read them; then `sense-runbook resume`.',
          },
        );
      // PostgreSQL reads its certificate again with its configuration.
      await reloadHba(c, context);
      return { copied: true };
    },

    // It looks first, and asks only for what is still to do.
    check: () => Promise.resolve('not-done'),
  };
}

async function readTls(
  c: Pick<ActionCollaborators, 'database'>,
  context: Pick<ReadContext, 'run'>,
): Promise<ServerTls> {
  return withDatabase(c, 'postgres', context, async (client) => {
    const [row] = await client.query<Omit<ServerTls, 'thumbprint' | 'on'> & { ssl: string }>(SETTINGS);
    if (row === undefined) throw new TypeError('the server gave no row for its settings');
    const { ssl, ...rest } = row;
    if (ssl !== 'on') return { on: false, ...rest };
    const [file] = await client.query<{ text: string | null }>(CERTIFICATE, [rest.certificateFile]);
    const thumbprint = thumbprintIn(file?.text ?? '', rest.certificateFile);
    return { on: true, ...rest, ...(thumbprint === undefined ? {} : { thumbprint }) };
  });
}

function thumbprintIn(text: string, file: string): string | undefined {
  try {
    return thumbprintOf(parseCertificate(text, file));
  } catch (error) {
    factOf(error);
    return undefined;
  }
}
