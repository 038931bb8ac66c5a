import type { ExecuteContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { CertificateInfo } from '../contract/node.ts';
import { certificateChanges, keyOf, type CertificateChanges } from './certificate-changes.ts';
import type { CertificateEntry } from './certificate-index.ts';
import { commonName, ROLE_NAMES } from './certificates.ts';
import { hostOfCertificates, type OpenedCertificate } from './set-certificates.ts';
import { USE_HINTS } from './used-certificates.ts';

/** What a plan says besides its operations. */
export function notesOf(
  { present, replaced, others }: CertificateChanges,
  entries: readonly CertificateEntry[],
): string[] {
  const notes: string[] = [];
  if (present.length > 0)
    notes.push(`In their stores already, and left as they are: ${present.map(nameOf).join(', ')}.`);
  const keyless = replaced.filter(({ info }) => !info.hasPrivateKey);
  if (keyless.length > 0)
    notes.push(
      `Kept without a private key, since they have none here: ${keyless.map(({ role, info }) => `${ROLE_NAMES[role]} ${commonName(info.subject)}`).join(', ')}.`,
    );
  if (others.length > 0) notes.push(othersText(others).message);
  const host = hostOfCertificates(entries);
  if (host !== undefined) notes.push(`The certificates are those of ${host}.`);
  return notes;
}

function nameOf({ role, subject }: CertificateEntry): string {
  return `${ROLE_NAMES[role]} ${commonName(subject)}`;
}

function othersText(others: readonly CertificateInfo[]): { message: string; hint: string } {
  const list = others.map(
    ({ subject, store, issuer }) => `${commonName(subject)} of ${commonName(issuer)} in ${store}`,
  );
  return {
    message: `Certificates of another Qlik Sense site stay where they are: ${list.join(', ')}.`,
    hint: 'If nothing here needs them, export and remove them before the services start: of several client or server certificates the Repository Service may delete all (manual 6.3, p. 228-229).',
  };
}

/** Says what only a person can see to. */
export async function warnOfRest(
  { replaced, others }: CertificateChanges,
  entries: readonly CertificateEntry[],
  context: ExecuteContext,
): Promise<void> {
  if (others.length > 0) {
    const { message, hint } = othersText(others);
    context.warn(message, hint);
  }
  const authority = replaced.find(({ role }) => role === 'ca');
  if (authority === undefined || (await context.node.facts()).platform !== 'windows') return;
  context.warn(
    `Another ${commonName(authority.info.subject)} was among the trusted roots of the machine and is gone; it may also lie among those of the account itself, which are not looked at.`,
    `Look there as the account of the services (Certificates - Current User, Trusted Root Certification Authorities) and remove it when its thumbprint is ${authority.info.thumbprint}; that of the set is ${entries.find(({ role }) => role === 'ca')?.thumbprint ?? ''}. With two roots the Repository Service does not start (manual 6.3, p. 228-229).`,
  );
}

/** How the stores are to a set, in plain sentences. */
export interface StoreTrouble {
  /** What the Repository Service would act on, or what passwords of data connections need. */
  readonly wrong: readonly string[];
  /** What is missing and what for; the site runs without it. */
  readonly left: readonly { readonly message: string; readonly hint: string }[];
}

/**
 * The stores must hold the certificates of the set with their keys, and no others of the site. Of the customer's own, which a
 * proxy or the data encryption uses, one may be missing: it was left out when it could not be opened.
 */
export function storeTrouble(
  all: readonly CertificateInfo[],
  entries: readonly CertificateEntry[],
  host: string,
): StoreTrouble {
  const { missing, keyless, replaced } = certificateChanges(all, entries, host);
  const words = (entry: CertificateEntry): string =>
    keyless.includes(entry)
      ? `the ${nameOf(entry)} is in ${entry.store} without its private key`
      : `the ${nameOf(entry)} is not in ${entry.store}`;
  return {
    wrong: [
      ...missing.filter(({ use }) => use === undefined).map(words),
      ...replaced.map(
        ({ role, info }) => `there is another ${ROLE_NAMES[role]} in ${info.store} (${info.thumbprint})`,
      ),
    ],
    left: missing.flatMap((entry) =>
      entry.use === undefined
        ? []
        : [{ message: `Not restored: ${words(entry)}.`, hint: USE_HINTS[entry.use] }],
    ),
  };
}

/** The stores must hold what was opened of the set, once each. @throws StepError */
export async function verifyStores(
  opened: readonly OpenedCertificate[],
  context: ExecuteContext,
): Promise<void> {
  const { node } = context;
  const all = await node.certificates.list();
  const entries = opened.map(({ entry }) => entry);
  const { wrong, left } = storeTrouble(all, entries, node.host);
  for (const { message, hint } of left) context.warn(message, hint);
  if (wrong.length > 0)
    throw new StepError(`the certificates were imported, and yet: ${wrong.join('; ')}`, {
      hint: 'Look whether a Qlik Sense service runs or a group policy changes the stores; then resume.',
      changed: 'Certificates of the set were imported.',
    });
  for (const entry of entries) {
    const state = all.find((info) => keyOf(info) === keyOf(entry))?.keyState;
    if (state === 'no-access' || state === 'not-exportable')
      context.warn(
        `The private key of the ${nameOf(entry)} ${state === 'no-access' ? 'cannot be used by this account' : 'is not exportable'}.`,
        'The next backup cannot export it. Import it again as the account of the services, marked as exportable (manual 5.5, p. 198).',
      );
  }
}
