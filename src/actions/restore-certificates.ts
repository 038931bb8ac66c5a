import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { PreflightError, StepError, VerificationError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { CertificateOperation, FileOperation } from '../contract/operation.ts';
import { sameHost } from '../foundation/same-host.ts';
import {
  BLOCKED_HINT,
  certificateChanges,
  keyOf,
  otherHost,
  type CertificateChanges,
} from './certificate-changes.ts';
import type { CertificateEntry } from './certificate-index.ts';
import { accessOperations, giveAccess } from './certificates-access.ts';
import { notesOf, verifyStores, warnOfRest } from './certificates-judged.ts';
import {
  certificatesFolder,
  exportAll,
  exportOperation,
  importOperation,
  keptCertificate,
  makeFolderOperation,
  removeOperation,
  type KeptCertificate,
} from './certificates-safety.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { isPlaceholder } from './input.ts';
import { putBackCertificates } from './restore-certificates-undo.ts';
import { discardKept, firstBefore, keepBefore, keepBeforeOperation } from './safety.ts';
import { readRestoreFacts } from './restore-facts.ts';
import { serviceAccount } from './service-account.ts';
import { countsAsRunning, isDatabase } from './service-order.ts';
import { openSetCertificates, readSetCertificates } from './set-certificates.ts';
import type { OpenedCertificate } from './set-certificates.ts';
import { inSet, setInput } from './set-paths.ts';
import { copyInput, setPlace, type PlaceCollaborators, type SetPlace } from './set-place.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** `any`: the certificates keep the host name of the site that was backed up, and the site gets another (5.7, p. 212). */
  'expect-host': z.enum(['same', 'any']).default('same'),
  /** Who will run the services, where none is installed yet; else Windows knows. */
  account: z.string().default(''),
});

type Input = z.infer<typeof input>;

/**
 * `replaced`: what was there and is removed, with its file; `imported`: what was not there; `account`: who may read the
 * keys, null where that is not known.
 */
export type CertificatesBefore = {
  replaced: KeptCertificate[];
  imported: Omit<KeptCertificate, 'file'>[];
  account: string | null;
};

export type CertificatesCollaborators = Pick<
  ActionCollaborators,
  'site' | 'secrets' | 'clock' | 'openPfx' | 'stateFolder'
> &
  PlaceCollaborators;

/**
 * Puts the certificates of a set into their stores, keys exportable (manual 5.5, p. 198-207). Those of this site that are
 * there and are not of the set are exported with their keys first and then removed: of two, the Repository Service would
 * delete both at its start (6.3, p. 228). One that is there already stays untouched, and the account of the services gets access
 * to its key: whoever imported it may not have known that account.
 */
export function createRestoreCertificates(c: CertificatesCollaborators): Action<Input, CertificatesBefore> {
  const openOperation = (place: Pick<SetPlace, 'root'>, set: string): FileOperation => ({
    kind: 'file',
    verb: 'check',
    path: inSet(place, set, 'certificates'),
    effect: 'read',
  });

  return {
    name: 'restore.certificates',
    effect: 'change',
    input,
    onCancel: 'wait',

    async describe(given, context) {
      const { node, signal } = context;
      if (isPlaceholder(given.set)) return notPlanned('The backup set is not known yet.');
      const place = setPlace(c, given.copy, context);
      let entries: CertificateEntry[];
      let changes: CertificateChanges;
      let other: string | undefined;
      try {
        entries = await readSetCertificates(place, given.set);
        changes = certificateChanges(await node.certificates.list(), entries, node.host);
        other = await otherSite(place, given, entries, node.host);
      } catch (error) {
        return notPlanned(factOf(error));
      }
      const refused = refusal(other, changes);
      if (refused !== undefined) return notPlanned(`${refused.message} ${refused.hint}`);
      const { account, warnings } = await serviceAccount(node, given.account, signal);
      const folder = certificatesFolder(c, context);
      const replaced = changes.replaced.map(keptCertificate);
      return {
        operations: [
          openOperation(place, given.set),
          keepBeforeOperation(c, context),
          ...(replaced.length > 0 ? [makeFolderOperation(folder)] : []),
          ...replaced.map((one) => exportOperation(folder, one)),
          ...replaced.map((one) => removeOperation(one)),
          ...changes.missing.map((entry) =>
            importOperation(entry, inSet(place, given.set, entry.file), account),
          ),
          ...accessOperations(place, given.set, changes.present, account ?? null),
        ],
        observed: { present: changes.present.map(keyOf), replaced: replaced.map(keyOf) },
        notes: [...notesOf(changes, entries), ...warnings.map(({ message, hint }) => `${message} ${hint}`)],
      };
    },

    async prepare(given, context) {
      await refuseRunning(context.node);
      return firstBefore(c, context, async () => {
        const entries = await readSetCertificates(setPlace(c, given.copy, context), given.set);
        const { replaced, missing, keyless } = await look(given, entries, context);
        const { account } = await serviceAccount(context.node, given.account, context.signal);
        return {
          replaced: replaced.map(keptCertificate),
          imported: missing.filter((entry) => !keyless.includes(entry)).map(told),
          account: account ?? null,
        };
      });
    },

    async execute(given, before, context) {
      const place = setPlace(c, given.copy, context);
      const entries = await readSetCertificates(place, given.set);
      const changes = await look(given, entries, context);
      const { opened, warnings } = await context.perform(openOperation(place, given.set), () =>
        openSetCertificates(c, place, given.set, entries),
      );
      const found = await serviceAccount(context.node, given.account, context.signal);
      const replaced = changes.replaced.map(keptCertificate);
      const missing = opened.filter(
        ({ entry }) =>
          changes.missing.includes(entry) || before.imported.some((one) => keyOf(one) === keyOf(entry)),
      );
      const imports = missing.map((one) =>
        plannedImport(place, given.set, one, before.account ?? undefined, context),
      );
      refuseUnplanned(replaced, context);
      const password = await c.secrets.read(c.site.certificates.password);
      await keepBefore(c, context, before);
      await exportAll(c, replaced, password, context);
      for (const one of replaced) await context.certificate(removeOperation(one), '');
      for (const operation of imports) await context.certificate(operation, password);
      const untouched = opened.filter((one) => !missing.includes(one)).map(({ entry }) => entry);
      await giveAccess(accessOperations(place, given.set, untouched, before.account), password, context);
      for (const { message, hint } of [...warnings, ...found.warnings]) context.warn(message, hint);
      await warnOfRest(changes, entries, context);
      await verifyStores(opened, context);
      return {
        imported: missing.map(({ entry }) => told(entry)),
        untouched: entries
          .filter((entry) => !missing.some((one) => one.entry === entry) && changes.present.includes(entry))
          .map(told),
        replaced: before.replaced.map(({ file, ...one }) => ({ ...told(one), file })),
        safety: certificatesFolder(c, context),
      };
    },

    async check(_given, before, { node }) {
      const all = await node.certificates.list();
      const withKeys = new Set(all.filter(({ hasPrivateKey }) => hasPrivateKey).map(keyOf));
      const there = new Set(all.map(keyOf));
      const imported = before.imported.filter((one) => withKeys.has(keyOf(one))).length;
      const left = before.replaced.filter((one) => there.has(keyOf(one))).length;
      if (imported === before.imported.length && left === 0) return 'done';
      return imported === 0 && left === before.replaced.length ? 'not-done' : 'partial';
    },

    ...putBackCertificates(c),
    ...discardKept(c, (context) => [certificatesFolder(c, context)]),
  };

  /** Compares and judges. @throws PreflightError when nothing may be changed here */
  async function look(
    given: Input,
    entries: readonly CertificateEntry[],
    context: Pick<ReadContext, 'node' | 'run'>,
  ): Promise<CertificateChanges> {
    const { node } = context;
    const changes = certificateChanges(await node.certificates.list(), entries, node.host);
    const other = await otherSite(setPlace(c, given.copy, context), given, entries, node.host);
    const refused = refusal(other, changes);
    if (refused !== undefined) throw new PreflightError(refused.message, { hint: refused.hint });
    return changes;
  }
}

/** With the stores half changed the Repository Service would act on what it sees (manual 5.5 step 1, p. 198; 6.3, p. 228). */
export async function refuseRunning(node: ReadableNode): Promise<void> {
  const services = await node.services.list();
  const running = services.filter((status) => countsAsRunning(status) && !isDatabase(status.name));
  if (running.length === 0) return;
  const names = running.map(({ name }) => name).join(', ');
  throw new StepError(`services of Qlik Sense run on ${node.name}: ${names}`, {
    hint: 'Certificates are changed only while all but the database are stopped (manual 5.5 step 1, p. 198). Stop them, then resume.',
  });
}

/** Why the certificates are not of this host; those that a host was restored with from another one are its own from then on. */
async function otherSite(
  place: SetPlace,
  given: Input,
  entries: readonly CertificateEntry[],
  host: string,
): Promise<string | undefined> {
  const message = given['expect-host'] === 'same' ? otherHost(entries, host) : undefined;
  if (message === undefined) return undefined;
  try {
    return sameHost((await readRestoreFacts(place, given.set)).centralHost, host) ? undefined : message;
  } catch (error) {
    // A set that does not say of whom it is belongs to whom its certificates name.
    if (error instanceof VerificationError) return message;
    throw error;
  }
}

/** Why nothing may be changed; undefined: it may. */
function refusal(
  message: string | undefined,
  { blocked }: CertificateChanges,
): { message: string; hint: string } | undefined {
  if (message !== undefined)
    return {
      message,
      hint: 'To restore to another host name, use restore-new-host: it changes what names the old one (manual 5.7, p. 212).',
    };
  return blocked.length === 0 ? undefined : { message: blocked.join(' '), hint: BLOCKED_HINT };
}

/** The import as the plan has it: Qlik Sense may have been installed since then, and with it the account be known. */
function plannedImport(
  place: Pick<SetPlace, 'root'>,
  set: string,
  { entry }: OpenedCertificate,
  account: string | undefined,
  context: ExecuteContext,
): CertificateOperation {
  for (const who of [account, undefined]) {
    const operation = importOperation(entry, inSet(place, set, entry.file), who);
    if (context.isPlanned(operation)) return operation;
  }
  throw otherThanPlanned(`the import of ${entry.file} into ${entry.store}`);
}

function refuseUnplanned(replaced: readonly KeptCertificate[], context: ExecuteContext): void {
  const unplanned = replaced.find((one) => !context.isPlanned(removeOperation(one)));
  if (unplanned !== undefined)
    throw otherThanPlanned(
      `the removal of ${unplanned.subject} (${unplanned.thumbprint}) from ${unplanned.store}`,
    );
}

function otherThanPlanned(what: string): StepError {
  return new StepError(
    `the certificate stores are not as they were when the plan was made: it does not have ${what}`,
    {
      hint: 'This attempt changed nothing. Look whether a Qlik Sense service runs, stop it, and make a new plan.',
    },
  );
}

function told(one: Omit<KeptCertificate, 'file'>): Omit<KeptCertificate, 'file'> {
  const { role, store, thumbprint, subject } = one;
  return { role, store, thumbprint, subject };
}
