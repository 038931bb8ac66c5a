import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { CertificateInfo } from '../contract/node.ts';
import type { CertificateOperation } from '../contract/operation.ts';
import { BLOCKED_HINT } from './certificate-changes.ts';
import { commonName, ROLE_NAMES } from './certificates.ts';
import {
  certificatesOf,
  selectCertificates,
  selectionInput,
  type Selected,
} from './certificates-selected.ts';
import { passwordCheck } from './check-certificates.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';

const input = z.strictObject(selectionInput);

/** The release after June 2019: authorities that it made are good (manual 4.2, p. 183). */
const GOOD_SINCE = '2019-09';

const LIST: CertificateOperation = {
  kind: 'certificate',
  verb: 'list',
  store: 'every store of Qlik Sense',
  effect: 'read',
};

/**
 * Whether there is anything to make anew on a node, and whether it can be kept first: an authority of June 2019 or older
 * (manual 4.2, p. 183; 4.4, p. 186), or certificates that expire (6.1, p. 219).
 */
export function createCheckRenewal(
  c: Pick<ActionCollaborators, 'site' | 'secrets' | 'clock'>,
): Action<z.infer<typeof input>, null> {
  return createCheck({
    name: 'check.renewal',
    input,
    whilePlanning: true,
    operations: (_given, { node }) => (node.transport === 'sc' ? [] : [LIST]),
    async probe(given, context, look) {
      const { node } = context;
      if (node.transport === 'sc')
        return {
          checks: [
            {
              id: 'renewal',
              node: node.name,
              status: 'warning',
              message: `The certificates of ${node.name} cannot be seen from here: a person has to remove them there.`,
            },
          ],
        };
      let all: CertificateInfo[];
      try {
        all = await look(LIST, () => node.certificates.list());
      } catch (error) {
        const hint = adviceOf(error);
        const message = `The certificates of ${node.name} cannot be listed: ${factOf(error)}`;
        const check = { id: 'renewal', node: node.name, status: 'failed' as const, message };
        return { checks: [{ ...check, ...(hint !== undefined && { hint }) }] };
      }
      const selected = selectCertificates(all, given, context, c.clock.now());
      const checks: CheckResult[] = [
        ...blockedChecks(selected),
        ...(node.role === 'central'
          ? [
              given.which === 'all' ? judgeAge(all, context) : judgeExpiry(selected, given.days),
              await passwordCheck(c),
            ]
          : []),
      ];
      return {
        checks: checks.map((check) => ({ ...check, node: node.name })),
        observed: { thumbprints: selected.chosen.map(({ info }) => info.thumbprint).sort() },
      };
    },
  });
}

function blockedChecks({ blocked }: Selected): CheckResult[] {
  return blocked.map((message) => ({
    id: 'renewal-key',
    status: 'failed',
    message,
    hint: BLOCKED_HINT,
  }));
}

function judgeAge(
  all: readonly CertificateInfo[],
  context: Parameters<typeof certificatesOf>[1],
): CheckResult {
  const id = 'renewal';
  const authority = certificatesOf(all, context).find(({ role }) => role === 'ca');
  if (authority === undefined)
    return {
      id,
      status: 'failed',
      message: `The certificate authority of ${context.node.host} is missing.`,
      hint: 'Is this the central node of the site? When it is, the Repository Service makes all of them at its next start.',
    };
  const made = authority.info.notBefore.slice(0, 10);
  const name = commonName(authority.info.subject);
  if (made < GOOD_SINCE) return { id, status: 'ok', message: `${name} was made on ${made}.` };
  return {
    id,
    status: 'warning',
    message: `${name} was made on ${made}. Only one of a site that was first installed with June 2019 or older has to be made anew.`,
    hint: 'Go on only when you know that it is so, or have another reason (manual 4.2 step 5, p. 183; 4.4, p. 186).',
  };
}

function judgeExpiry({ chosen }: Selected, days: number): CheckResult {
  const id = 'renewal';
  if (chosen.length === 0)
    return {
      id,
      status: 'failed',
      message: `No certificate of the site expires within ${String(days)} days.`,
      hint: 'There is nothing to renew. To renew earlier, give more: --set days=90.',
    };
  const list = chosen.map(
    ({ role, info }) => `${ROLE_NAMES[role]} ${commonName(info.subject)} (${info.notAfter.slice(0, 10)})`,
  );
  return { id, status: 'ok', message: `To be made anew: ${list.join(', ')}.` };
}
