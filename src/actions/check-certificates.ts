import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { CertificateInfo } from '../contract/node.ts';
import type { CertificateOperation } from '../contract/operation.ts';
import { CERTIFICATE_ROLES, commonName, ROLE_NAMES, siteCertificates } from './certificates.ts';
import type { SiteCertificate } from './certificates.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';

/** Days before the end from which on a certificate is warned about. */
const WARN_DAYS = 30;
const DAY = 86_400_000;

/**
 * Whether the four certificates of the site are there once each, with their keys and not expired, and whether the
 * password that will protect their copies can be read. A second client or server certificate makes the Repository
 * Service delete all of them at its next start (manual 6.3, p. 228).
 */
export function createCheckCertificates(
  c: Pick<ActionCollaborators, 'site' | 'secrets' | 'clock'>,
): Action<Record<string, never>, null> {
  const lists = c.site.certificates.stores.map((store): CertificateOperation => ({
    kind: 'certificate',
    verb: 'list',
    store,
    effect: 'read',
  }));
  return createCheck({
    name: 'check.certificates',
    input: z.strictObject({}),
    whilePlanning: true,
    operations: () => lists,
    async probe(_input, { node }, look) {
      let all: CertificateInfo[];
      try {
        all = [];
        for (const list of lists) {
          const inStore = await look(list, () => node.certificates.list());
          all.push(...inStore.filter(({ store }) => store === list.store));
        }
      } catch (error) {
        const message = `The certificates cannot be listed: ${factOf(error)}`;
        return { checks: [{ id: 'certificates', node: node.name, status: 'failed', message }] };
      }
      const found = siteCertificates(all, node.host, c.site.certificates.include);
      const checks = [
        ...CERTIFICATE_ROLES.flatMap((role) => judgeRole(role, found, node.host)),
        ...found.flatMap((certificate) => judgeOne(certificate, c.clock.now())),
        ...missingIncluded(c.site.certificates.include, all),
      ];
      if (checks.length === 0) {
        const first = [...found].sort((a, b) => (a.info.notAfter < b.info.notAfter ? -1 : 1))[0];
        const until =
          first === undefined ? '' : `; the first to expire does so on ${first.info.notAfter.slice(0, 10)}`;
        checks.push({
          id: 'certificates',
          status: 'ok',
          message: `All certificates of the site are there${until}.`,
        });
      }
      checks.push(await passwordCheck(c));
      return {
        checks: checks.map((check) => ({ ...check, node: node.name })),
        observed: { thumbprints: found.map(({ info }) => info.thumbprint).sort() },
      };
    },
  });
}

function judgeRole(
  role: (typeof CERTIFICATE_ROLES)[number],
  found: readonly SiteCertificate[],
  host: string,
): CheckResult[] {
  const own = found.filter((certificate) => certificate.role === role);
  const name = ROLE_NAMES[role];
  if (own.length === 0) {
    return [
      {
        id: 'certificates-present',
        status: 'failed',
        message: `The ${name} of ${host} is missing.`,
        hint:
          role === 'client'
            ? 'It lies in the personal store of the account that runs the Qlik Sense services: run this as that account (manual 5.4, p. 189).'
            : 'Look into the certificate stores (manual 5.4, p. 189). Without it the passwords of data connections cannot be restored.',
      },
    ];
  }
  if (own.length === 1) return [];
  return [
    {
      id: 'certificates-duplicate',
      status: 'failed',
      message: `There are ${String(own.length)} certificates as ${name}: ${own.map(({ info }) => info.thumbprint).join(', ')}.`,
      hint:
        role === 'ca'
          ? 'The Repository Service stops at its next start when it finds more than one. Remove the one that is not in use, by hand (manual 6.3, p. 229).'
          : 'The Repository Service deletes all of them at its next start. Export them, then remove the one that is not in use (manual 6.3, p. 228).',
    },
  ];
}

function judgeOne({ role, info }: SiteCertificate, now: Date): CheckResult[] {
  const name = `${ROLE_NAMES[role]} ${commonName(info.subject)}`;
  const id = 'certificates-valid';
  const day = info.notAfter.slice(0, 10);
  const checks: CheckResult[] = [];
  const left = Date.parse(info.notAfter) - now.getTime();
  const hint = 'Renew the certificates of the site (manual 6.2, p. 222), then back up again.';
  if (left <= 0) checks.push({ id, status: 'failed', message: `The ${name} expired on ${day}.`, hint });
  else if (left <= WARN_DAYS * DAY) {
    const days = String(Math.floor(left / DAY));
    checks.push({ id, status: 'warning', message: `The ${name} expires in ${days} days, on ${day}.`, hint });
  }
  if (!info.hasPrivateKey) {
    const message = `The ${name} has no private key here: its copy would be of no use.`;
    checks.push({
      id,
      status: 'failed',
      message,
      hint: 'Run this as the account that runs the Qlik Sense services.',
    });
  }
  return checks;
}

function missingIncluded(include: readonly string[], all: readonly CertificateInfo[]): CheckResult[] {
  return include
    .filter((thumbprint) => !all.some((info) => info.thumbprint.toUpperCase() === thumbprint))
    .map((thumbprint) => ({
      id: 'certificates-present',
      status: 'failed',
      message: `The certificate ${thumbprint} of certificates.include is in no store.`,
      hint: 'Correct certificates.include in site.yaml.',
    }));
}

/** Whether the password of the certificate files can be read. */
export async function passwordCheck(c: Pick<ActionCollaborators, 'site' | 'secrets'>): Promise<CheckResult> {
  const id = 'certificates-password';
  const reference = c.site.certificates.password;
  // Asking twice for one password would be worse than finding out later.
  if ('prompt' in reference)
    return { id, status: 'ok', message: 'The password for the certificates is asked for.' };
  try {
    const password = await c.secrets.read(reference);
    if (password !== '')
      return { id, status: 'ok', message: 'The password for the certificates can be read.' };
    return {
      id,
      status: 'failed',
      message: 'The password for the certificates is empty.',
      hint: 'Set certificates.password in site.yaml.',
    };
  } catch (error) {
    const hint = adviceOf(error) ?? 'Set certificates.password in site.yaml.';
    return {
      id,
      status: 'failed',
      message: `The password for the certificates cannot be read: ${factOf(error)}`,
      hint,
    };
  }
}
