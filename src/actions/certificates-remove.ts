import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { PreflightError, StepError } from '../contract/errors.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { askPerson } from './ask-person.ts';
import { BLOCKED_HINT, keyOf } from './certificate-changes.ts';
import { commonName, ROLE_NAMES, type SiteCertificate } from './certificates.ts';
import { putBackRemoved } from './certificates-remove-undo.ts';
import {
  exportAll,
  exportOperation,
  keptCertificate,
  makeFolderOperation,
  removeOperation,
  type KeptCertificate,
} from './certificates-safety.ts';
import {
  centralHosts,
  selectCertificates,
  selectionInput,
  takenFolder,
  type Selected,
} from './certificates-selected.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { refuseRunning } from './restore-certificates.ts';
import { discardKept, firstBefore, keepBefore, keepBeforeOperation, safetyFolder } from './safety.ts';
import { serviceAccount } from './service-account.ts';

const input = z.strictObject({
  ...selectionInput,
  /**
   * Host of the central node that was, of a site restored to another host name: its authority signed what the rim nodes have.
   * Passwords of data connections stay readable then.
   */
  'old-central': z.string().default(''),
  /** What it is where nobody here sees the stores and nobody can be asked: `wait` for a person, or `warn` and go on. */
  unseen: z.enum(['wait', 'warn']).default('wait'),
});
type Input = z.infer<typeof input>;

/** `taken`: what was there and is removed; `left`: keys of what is of the site and stays; `byHand`: nobody here sees the stores. */
export type RemoveBefore = {
  taken: KeptCertificate[];
  left: string[];
  account: string | null;
  byHand: boolean;
};

export type RemoveCollaborators = Pick<
  ActionCollaborators,
  'site' | 'secrets' | 'clock' | 'openPfx' | 'stateFolder' | 'person'
>;

const PASSWORDS =
  'Passwords of data connections cannot be read with new certificates: they have to be entered again (manual 6.1 step 5, p. 220).';

const WAITS =
  'Do it before the services of that node start: only without certificates does it wait on port 4570 for those of the restored site.';
/** Any old central node: one folder, whatever its name. */
const RESTORED = 'restored';

/**
 * Takes the certificates of the site out of the stores of a node, so that the Repository Service makes new ones when it
 * starts (manual 6.1, p. 219), or waits for those of the central node. Each is exported with its key and opened again before the first is removed.
 */
export function createCertificatesRemove(c: RemoveCollaborators): Action<Input, RemoveBefore> {
  return {
    name: 'certificates.remove',
    effect: 'change',
    input,
    onCancel: 'wait',

    async describe(given, context) {
      const { node, signal } = context;
      if (node.transport === 'sc') return { operations: [byHand(given, context)], ...approvalOf(given) };
      let selected: Selected;
      try {
        selected = await look(given, context);
      } catch (error) {
        return notPlanned(factOf(error));
      }
      const { chosen, blocked, others } = selected;
      if (blocked.length > 0) return notPlanned(`${blocked.join(' ')} ${BLOCKED_HINT}`);
      const { warnings } = await serviceAccount(node, '', signal);
      const kept = chosen.map(keptCertificate);
      const folder = takenFolder(c, context, given['old-central']);
      return {
        operations: [
          keepBeforeOperation(c, context),
          ...(kept.length > 0 ? [makeFolderOperation(folder)] : []),
          ...kept.map((one) => exportOperation(folder, one)),
          ...kept.map((one) => removeOperation(one)),
        ],
        observed: { taken: chosen.map(({ info }) => keyOf(info)) },
        notes: [
          ...(chosen.length === 0 ? [`Nothing is removed from ${node.name}.`] : []),
          ...selected.left.map((one) => `It stays: ${nameOf(one)}.`),
          ...others.map(
            ({ subject, store }) => `Of another site, and left: ${commonName(subject)} in ${store}.`,
          ),
          ...warnings.map(({ message, hint }) => `${message} ${hint}`),
        ],
        ...(chosen.length > 0 && node.role === 'central' && approvalOf(given)),
      };
    },

    async prepare(given, context) {
      await refuseRunning(context.node);
      return firstBefore(c, context, async () => {
        if (context.node.transport === 'sc') return { taken: [], left: [], account: null, byHand: true };
        const { chosen, left, blocked } = await look(given, context);
        if (blocked.length > 0) throw new PreflightError(blocked.join(' '), { hint: BLOCKED_HINT });
        const { account } = await serviceAccount(context.node, '', context.signal);
        return {
          taken: chosen.map(keptCertificate),
          left: left.map(({ info }) => keyOf(info)),
          account: account ?? null,
          byHand: false,
        };
      });
    },

    async execute(given, before, context) {
      if (before.byHand) {
        if (given.unseen === 'warn' && !c.person.canAsk) {
          context.warn(`Not done yet: ${byHand(given, context).text}`, WAITS);
          return { removed: [], byHand: false };
        }
        await askPerson(c, byHand(given, context), 'the certificates are not removed yet', context);
        return { removed: [], byHand: true };
      }
      const { chosen } = await look(given, context);
      const { warnings } = await serviceAccount(context.node, '', context.signal);
      const kept = chosen.map(keptCertificate);
      refuseUnplanned(kept, context);
      const password = await c.secrets.read(c.site.certificates.password);
      await keepBefore(c, context, before);
      const folder = takenFolder(c, context, given['old-central']);
      await exportAll(c, kept, password, context, folder);
      for (const one of kept) await context.certificate(removeOperation(one), '');
      for (const { message, hint } of warnings) context.warn(message, hint);
      await warnOfUserRoot(chosen, context);
      return {
        removed: before.taken.map(({ role, store, subject, thumbprint }) => ({
          ...{ role, store, subject, thumbprint },
        })),
        byHand: false,
        safety: folder,
      };
    },

    async check(_given, before, { node }) {
      if (before.byHand) return 'unknown';
      const there = new Set((await node.certificates.list()).map(keyOf));
      const still = before.taken.filter((one) => there.has(keyOf(one))).length;
      if (still === 0) return 'done';
      return still === before.taken.length ? 'not-done' : 'partial';
    },

    ...putBackRemoved(c),
    ...discardKept(c, (context) => [
      takenFolder(c, context),
      takenFolder(c, context, RESTORED),
      safetyFolder(c, context, 'certificates-after', context.node.name),
    ]),
  };

  async function look(given: Input, context: ReadContext): Promise<Selected> {
    return selectCertificates(await context.node.certificates.list(), given, context, c.clock.now());
  }
}

function nameOf({ role, info }: SiteCertificate): string {
  return `${ROLE_NAMES[role]} ${commonName(info.subject)} in ${info.store}, valid to ${info.notAfter.slice(0, 10)}`;
}

function byHand(
  { which, days, 'old-central': oldCentral }: Input,
  { node, nodes }: Pick<ReadContext, 'node' | 'nodes'>,
): HumanOperation {
  const authority = centralHosts({ node, nodes }, oldCentral)
    .map((host) => `${host}-CA`)
    .join(' or ');
  const those =
    which === 'all' ? '' : ` that expire within ${String(days)} days (all of them when ${authority} does)`;
  return {
    kind: 'human',
    text: `On ${node.host}, as the account of the Qlik Sense services, export and then delete in the Certificates snap-in what ${authority} issued${those}: in Certificates (Local Computer) under Personal and Trusted Root Certification Authorities, and QlikClient in Current User, Personal (manual 6.1 step 2, p. 219).`,
    effect: 'change',
    repeat: true,
  };
}

function approvalOf({ 'old-central': oldCentral }: Input): { approval?: string[] } {
  return oldCentral === '' ? { approval: [PASSWORDS] } : {};
}

/** What was not there when the plan was made is not touched. */
function refuseUnplanned(kept: readonly KeptCertificate[], context: ExecuteContext): void {
  const unplanned = kept.find((one) => !context.isPlanned(removeOperation(one)));
  if (unplanned !== undefined)
    throw new StepError(
      `the certificate stores of ${context.node.name} are not as they were when the plan was made: it does not have the removal of ${unplanned.subject} (${unplanned.thumbprint}) from ${unplanned.store}`,
      {
        hint: 'This attempt changed nothing. Look whether a Qlik Sense service runs, stop it, and make a new plan.',
      },
    );
}

/** A root of the account itself is not looked at, and two of them keep the Repository Service down. */
async function warnOfUserRoot(chosen: readonly SiteCertificate[], context: ExecuteContext): Promise<void> {
  const authority = chosen.find(({ role }) => role === 'ca');
  if (authority === undefined || (await context.node.facts()).platform !== 'windows') return;
  const { subject, thumbprint } = authority.info;
  context.warn(
    `${context.node.name}: ${commonName(subject)} is gone from the trusted roots of the machine; it may also lie among those of the account itself, which are not looked at.`,
    `Look there as the account of the services (Certificates - Current User, Trusted Root Certification Authorities) and remove it when its thumbprint is ${thumbprint}: with two roots the Repository Service does not start (manual 6.3, p. 228-229).`,
  );
}
