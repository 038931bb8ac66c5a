import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import { ExpectedError } from '../contract/errors.ts';
import type { CertificateInfo, ReadableNode } from '../contract/node.ts';
import type { CertificateOperation } from '../contract/operation.ts';
import { sameHost } from '../foundation/same-host.ts';
import { judgeStores } from './certificate-findings.ts';
import { hostOfSite, ownCertificates } from './certificates.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';

/**
 * Whether the four certificates of the site are there once each, with keys that can be exported, and valid as the
 * Repository Service sees it when it starts (manual 6.3, p. 228-229), and whether the password that will protect
 * their copies can be read.
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
        // Once for all stores: each time takes PowerShell a second or more.
        let listed: Promise<CertificateInfo[]> | undefined;
        for (const list of lists) {
          const inStore = await look(list, () => (listed ??= node.certificates.list()));
          all.push(...inStore.filter(({ store }) => store === list.store));
        }
      } catch (error) {
        const message = `The certificates cannot be listed: ${factOf(error)}`;
        const hint = adviceOf(error);
        const check = { id: 'certificates', node: node.name, status: 'failed' as const, message };
        return { checks: [{ ...check, ...(hint !== undefined && { hint }) }] };
      }
      const include = c.site.certificates.include;
      const found = ownCertificates(all, node.host, include);
      const named = hostOfSite(all, node.host);
      const account = await accountOf(node);
      const checks = judgeStores(all, found, { host: node.host, include, now: c.clock.now(), account });
      if (checks.every(({ status }) => status !== 'failed')) {
        const first = [...found].sort((a, b) => (a.info.notAfter < b.info.notAfter ? -1 : 1))[0];
        const until =
          first === undefined ? '' : `; the first to expire does so on ${first.info.notAfter.slice(0, 10)}`;
        if (!sameHost(named, node.host)) checks.push(inOtherName(named, c.site));
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

/** A site that was restored to another host name has them in the name of the old one; somebody has to have said so. */
function inOtherName(named: string, { certificates: { host } }: ActionCollaborators['site']): CheckResult {
  const id = 'certificates-host';
  if (host !== undefined && sameHost(host, named))
    return { id, status: 'ok', message: `The certificates are in the name of ${named}, as site.yaml says.` };
  return {
    id,
    status: 'warning',
    message: `The certificates are in the name of ${named}: there are no others.`,
    hint: `Where the site was restored from that host they are its own: write host: ${named} under certificates in site.yaml. If not, its own are missing (manual 5.4, p. 189).`,
  };
}

/** The account whose personal store was read, for the person to compare with that of the services. */
async function accountOf(node: ReadableNode): Promise<string> {
  try {
    return (await node.facts()).user;
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return 'that this runs as';
  }
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
