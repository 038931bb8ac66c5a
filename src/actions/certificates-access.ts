import type { ExecuteContext } from '../contract/action.ts';
import { ExpectedError, messageOf } from '../contract/errors.ts';
import type { CertificateOperation } from '../contract/operation.ts';
import { holdsNoKey } from '../platform/certificates/certificate-file.ts';
import type { CertificateEntry } from './certificate-index.ts';
import { commonName } from './certificates.ts';
import { BY_HAND } from './service-account.ts';
import { inSet } from './set-paths.ts';
import type { SetPlace } from './set-place.ts';

/**
 * Access for `account` to the keys of certificates of a set that are in their stores already: whoever put them there may not
 * have known who would run the services. null: that is not known now either. A store does not tell who may read a key; access
 * that is given again changes nothing.
 */
export function accessOperations(
  place: Pick<SetPlace, 'root'>,
  set: string,
  present: readonly CertificateEntry[],
  account: string | null,
): CertificateOperation[] {
  if (account === null) return [];
  return (
    present
      // A key of the personal store is its account's own.
      .filter(({ store, file }) => store !== 'CurrentUser/My' && !holdsNoKey(file))
      .map(({ store, thumbprint, subject, file }) => ({
        kind: 'certificate',
        verb: 'give-access',
        ...{ store, thumbprint, subject, account },
        file: inSet(place, set, file),
        effect: 'change',
        // Not done for one whose file does not open.
        repeat: true,
      }))
  );
}

/** Gives it. That it cannot be given, as to a key in hardware, is a warning: the certificates are there. */
export async function giveAccess(
  operations: readonly CertificateOperation[],
  password: string,
  context: ExecuteContext,
): Promise<void> {
  for (const operation of operations) {
    const { subject = '', store, account = '' } = operation;
    const failed = `${account} was not given access to the private key of ${commonName(subject)} in ${store}`;
    if (!context.isPlanned(operation)) {
      context.warn(`${failed}: when the plan was made, it was not known who runs the services.`, BY_HAND);
      continue;
    }
    try {
      await context.certificate(operation, password);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof ExpectedError)) throw error;
      context.warn(`${failed}: ${messageOf(error)}`, BY_HAND);
    }
  }
}
