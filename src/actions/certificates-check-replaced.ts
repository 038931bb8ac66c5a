import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { CertificateOperation } from '../contract/operation.ts';
import { judgeStores } from './certificate-findings.ts';
import { CERTIFICATE_ROLES } from './certificates.ts';
import { certificatesOf, takenThumbprints } from './certificates-selected.ts';
import type { ActionCollaborators } from './collaborators.ts';

const input = z.strictObject({
  /** `gone`: what this run took out is out; `new`: there are others in their place besides, valid, once each. */
  expect: z.enum(['gone', 'new']),
});

/** Whether the certificates that this run has removed are gone, and new ones have taken their place (manual 6.1, p. 220). */
export function createCertificatesCheckReplaced(
  c: Pick<ActionCollaborators, 'site' | 'clock' | 'stateFolder'>,
): Action<z.infer<typeof input>, null> {
  const lists = c.site.certificates.stores.map((store): CertificateOperation => ({
    kind: 'certificate',
    verb: 'list',
    store,
    effect: 'read',
    repeat: true,
  }));
  return {
    name: 'certificates.check-replaced',
    effect: 'read',
    input,
    onCancel: 'kill',
    describe: (_given, { node }) =>
      Promise.resolve(
        node.transport === 'sc' ? { operations: [], notes: [notSeen(node.name)] } : { operations: lists },
      ),
    prepare: () => Promise.resolve(null),

    async execute({ expect }, _before, context) {
      const { node } = context;
      if (node.transport === 'sc') {
        context.warn(notSeen(node.name), 'Look yourself in the Certificates snap-in (manual 6.3, p. 227).');
        return { certificates: [] };
      }
      const all = await node.certificates.list();
      for (const list of lists) await context.perform(list, () => Promise.resolve());
      const taken = await takenThumbprints(c, context);
      const found = certificatesOf(all, context);
      const still = found.filter(({ info }) => taken.includes(info.thumbprint.toUpperCase()));
      if (still.length > 0)
        throw new StepError(
          `${node.name} has certificates again that this run removed: ${still.map(({ info }) => `${info.subject} in ${info.store}`).join('; ')}`,
          { hint: 'Look whether a Qlik Sense service or a group policy changes the stores; then resume.' },
        );
      const certificates = found.map(({ role, info: { thumbprint, notAfter } }) => ({
        ...{ role, thumbprint, notAfter },
      }));
      // A simulated rim node is given none: it has no repository API.
      const isRim = node.role === 'rim';
      if (expect === 'gone' || (isRim && (taken.length === 0 || node.transport === 'simulated')))
        return { certificates };
      const facts = { host: node.host, include: [], now: c.clock.now(), account: (await node.facts()).user };
      const wrong = judgeStores(all, found, facts).filter(
        ({ status, message }) => status === 'failed' && !(isRim && isOfNoConcern(message)),
      );
      if (wrong.length > 0)
        throw new StepError(
          `the certificates of ${node.name} are not all there: ${wrong.map(({ message }) => message).join(' ')}`,
          {
            hint: isRim
              ? 'In the QMC, under Nodes, select the node and press Redistribute; then `sense-runbook resume`.'
              : `The Repository Service makes them when it starts; where its account is no administrator it has to be run with -bootstrap, elevated (manual 6.3, p. 228; 1.3, p. 31). Look into its log, then \`sense-runbook resume\`, or roll back: the old ones are kept. Needed: ${CERTIFICATE_ROLES.join(', ')}.`,
          },
        );
      return { certificates };
    },

    // A look is never a result of an earlier one.
    check: () => Promise.resolve('not-done'),
  };
}

/** A rim node has the root without its key, and may be reached by another account than that of its services. */
function isOfNoConcern(message: string): boolean {
  return /private key|personal store/.test(message);
}

function notSeen(node: string): string {
  return `The certificates of ${node} cannot be seen from here.`;
}
