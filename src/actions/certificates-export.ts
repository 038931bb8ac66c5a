import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { CertificateOperation, FileOperation } from '../contract/operation.ts';
import { CERTIFICATE_INDEX } from './certificate-index.ts';
import type { CertificateEntry } from './certificate-index.ts';
import { CERTIFICATE_ROLES, ROLE_NAMES, siteCertificates } from './certificates.ts';
import type { SiteCertificate } from './certificates.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { unreachable } from './failure.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({ set: setInput });

/** One certificate and the file it goes to, relative to the set. */
interface Export extends SiteCertificate {
  readonly file: string;
}

/**
 * Exports the site's certificates with their keys as PKCS #12 files (manual 5.4, p. 189): without them the passwords
 * of data connections in a restored database cannot be read.
 */
export function createCertificatesExport(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'secrets'>,
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
        const exports = await exportsOf(c, node);
        return { operations: [...exports.map((one) => operationFor(one, set)), indexOperation(set)] };
      } catch (error) {
        return unreachable(node, error);
      }
    },

    prepare: () => Promise.resolve(null),

    async execute({ set: id }, _before, context) {
      const exports = await exportsOf(c, context.node);
      const missing = CERTIFICATE_ROLES.filter((role) => !exports.some((one) => one.role === role));
      if (missing.length > 0) {
        const names = missing.map((role) => ROLE_NAMES[role]).join(', ');
        throw new StepError(`${context.node.name}: missing in the certificate stores: ${names}`, {
          hint: 'Run this as the account that runs the Qlik Sense services (manual 5.4, p. 189).',
        });
      }
      const password = await c.secrets.read(c.site.certificates.password);
      const set = await c.vault.open(id);
      for (const one of exports) {
        // An earlier attempt of this step may have got this far: a store does not write over a file.
        await fs.rm(await set.pathFor(one.file), { force: true });
        await context.certificate(operationFor(one, id), password);
      }
      const index = exports.map(indexEntry);
      const target = await set.pathFor(CERTIFICATE_INDEX);
      await context.perform(indexOperation(id), () =>
        fs.writeFile(target, `${JSON.stringify(index, null, 2)}\n`, { mode: 0o600 }),
      );
      return { certificates: index.map((entry): JsonObject => ({ ...entry })) };
    },

    check: () => Promise.resolve('not-done'),
  };
}

async function exportsOf(c: Pick<ActionCollaborators, 'site'>, node: ReadableNode): Promise<Export[]> {
  const found = siteCertificates(await node.certificates.list(), node.host, c.site.certificates.include);
  return found.map((certificate) => {
    const { role, info } = certificate;
    const alone = role !== 'included' && found.filter((other) => other.role === role).length === 1;
    // The server's name in the file's, as the manual recommends (5.4 step h).
    const name = [node.host, role, ...(alone ? [] : [info.thumbprint])].join('_').replace(/[^\w.-]/g, '-');
    return { ...certificate, file: `certificates/${name}.pfx` };
  });
}

function indexEntry({ role, info, file }: Export): CertificateEntry {
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
  };
}
