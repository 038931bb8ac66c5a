import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { CertificateOperation, FileOperation } from '../contract/operation.ts';
import type { UsedCertificate } from '../postgres/used-certificates.ts';
import { CERTIFICATE_INDEX } from './certificate-index.ts';
import type { CertificateEntry } from './certificate-index.ts';
import { CERTIFICATE_ROLES, ownCertificates, ROLE_NAMES } from './certificates.ts';
import type { SiteCertificate } from './certificates.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, unreachable } from './failure.ts';
import { inSet, setInput } from './set-paths.ts';
import { USE_HINTS, USE_NAMES, usedCertificates, whyNot } from './used-certificates.ts';

const input = z.strictObject({ set: setInput });

/** One certificate and the file it goes to, relative to the set. */
interface Export extends SiteCertificate {
  readonly file: string;
  /** Set for the customer's own: then it is exported where that is possible. */
  readonly use?: UsedCertificate['use'];
}

/** What is to be exported, and of what the site uses what is not, with the reason. */
interface Exports {
  readonly exports: readonly Export[];
  readonly without: readonly { readonly message: string; readonly hint: string }[];
}

/**
 * Exports the site's certificates with their keys as PKCS #12 files (manual 5.4, p. 189): without them the passwords
 * of data connections in a restored database cannot be read. The customer's own certificates of proxies and data
 * encryption are exported too, where their keys can be; the run is warned of the others, and so the manifest names them.
 */
export function createCertificatesExport(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'secrets' | 'database'>,
): Action<z.infer<typeof input>, null> {
  const indexOperation = (set: string): FileOperation => ({
    kind: 'file',
    verb: 'write',
    path: inSet(c.vault, set, CERTIFICATE_INDEX),
    effect: 'change',
  });
  const operationFor = (certificate: Export, set: string): CertificateOperation => ({
    kind: 'certificate',
    verb: 'export',
    store: certificate.info.store,
    thumbprint: certificate.info.thumbprint,
    subject: certificate.info.subject,
    file: inSet(c.vault, set, certificate.file),
    effect: 'change',
  });

  return {
    name: 'certificates.export',
    effect: 'change',
    input,
    onCancel: 'kill',

    async describe({ set }, { node }) {
      try {
        const { exports, without } = await exportsOf(c, node);
        return {
          operations: [...exports.map((one) => operationFor(one, set)), indexOperation(set)],
          ...(without.length > 0 && { notes: without.map(({ message }) => message) }),
        };
      } catch (error) {
        return unreachable(node, error);
      }
    },

    prepare: () => Promise.resolve(null),

    async execute({ set: id }, _before, context) {
      const { exports, without } = await exportsOf(c, context.node);
      const missing = CERTIFICATE_ROLES.filter((role) => !exports.some((one) => one.role === role));
      if (missing.length > 0) {
        const names = missing.map((role) => ROLE_NAMES[role]).join(', ');
        throw new StepError(`${context.node.name}: missing in the certificate stores: ${names}`, {
          hint: 'Run this as the account that runs the Qlik Sense services (manual 5.4, p. 189).',
        });
      }
      const password = await c.secrets.read(c.site.certificates.password);
      const set = await c.vault.open(id);
      for (const { message, hint } of without) context.warn(message, hint);
      const exported: Export[] = [];
      for (const one of exports) {
        const operation = operationFor(one, id);
        // An earlier attempt of this step may have got this far: a store does not write over a file.
        await fs.rm(await set.pathFor(one.file), { force: true });
        try {
          // Set in the QMC since the plan was made: the next backup has it.
          if (one.use !== undefined && !context.isPlanned(operation)) continue;
          await context.certificate(operation, password);
          exported.push(one);
        } catch (error) {
          context.signal.throwIfAborted();
          if (one.use === undefined) throw error;
          const { message, hint } = notIncluded(
            { use: one.use, thumbprint: one.info.thumbprint },
            factOf(error),
          );
          context.warn(message, hint);
        }
      }
      const index = exported.map(indexEntry);
      const target = await set.pathFor(CERTIFICATE_INDEX);
      await context.perform(indexOperation(id), () =>
        fs.writeFile(target, `${JSON.stringify(index, null, 2)}\n`, { mode: 0o600 }),
      );
      return { certificates: index.map((entry): JsonObject => ({ ...entry })) };
    },

    check: () => Promise.resolve('not-done'),
  };
}

async function exportsOf(
  c: Pick<ActionCollaborators, 'site' | 'database'>,
  node: ReadableNode,
): Promise<Exports> {
  const all = await node.certificates.list();
  const { include } = c.site.certificates;
  const { used, trouble } = await usedCertificates(c);
  const wanted = ownCertificates(all, node.host, [...include, ...used.map(({ thumbprint }) => thumbprint)]);
  const useOf = new Map(
    used
      .filter(({ thumbprint }) => !include.includes(thumbprint))
      .map(({ use, thumbprint }) => [thumbprint, use]),
  );
  const without =
    trouble === undefined
      ? []
      : [
          {
            message: `Which certificates proxies and data encryption use is not known: ${trouble}`,
            hint: 'Name them in certificates.include of site.yaml, or keep copies of them yourself.',
          },
        ];
  for (const one of used) {
    const reason = whyNot(wanted.find(({ info }) => info.thumbprint.toUpperCase() === one.thumbprint)?.info);
    if (reason !== undefined && useOf.has(one.thumbprint)) without.push(notIncluded(one, reason));
  }
  const found = wanted.filter(
    ({ role, info }) =>
      role !== 'included' || !useOf.has(info.thumbprint.toUpperCase()) || whyNot(info) === undefined,
  );
  const exports = found.map((certificate): Export => {
    const { role, info } = certificate;
    const alone = role !== 'included' && found.filter((other) => other.role === role).length === 1;
    // The server's name in the file's, as the manual recommends (5.4 step h).
    const name = [node.host, role, ...(alone ? [] : [info.thumbprint])].join('_').replace(/[^\w.-]/g, '-');
    const use = role === 'included' ? useOf.get(info.thumbprint.toUpperCase()) : undefined;
    return { ...certificate, file: `certificates/${name}.pfx`, ...(use !== undefined && { use }) };
  });
  return { exports, without };
}

function notIncluded(
  { use, thumbprint }: UsedCertificate,
  reason: string,
): { message: string; hint: string } {
  return {
    message: `The ${USE_NAMES[use]} ${thumbprint} is not in the set: ${reason}.`.replace(/\.\.$/, '.'),
    hint: USE_HINTS[use],
  };
}

function indexEntry({ role, info, file, use }: Export): CertificateEntry {
  return {
    role,
    file,
    store: info.store,
    subject: info.subject,
    issuer: info.issuer,
    thumbprint: info.thumbprint,
    notBefore: info.notBefore,
    notAfter: info.notAfter,
    ...(info.qlikRole === undefined ? {} : { qlikRole: info.qlikRole }),
    ...(use === undefined ? {} : { use }),
  };
}
