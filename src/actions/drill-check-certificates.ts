import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { VerificationError } from '../contract/errors.ts';
import type { FileOperation } from '../contract/operation.ts';
import { lackedParts } from '../vault/set-parts.ts';
import { CERTIFICATE_INDEX, readCertificateIndex } from './certificate-index.ts';
import type { CertificateEntry } from './certificate-index.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyInput, setPlace, type SetPlace, type PlaceCollaborators } from './set-place.ts';
import { judgeCertificates } from './judge-certificates.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({ set: setInput, copy: copyInput });

/**
 * Opens every certificate file of a set with the password of the site file; what is wrong is an output. Of a set whose
 * manifest says that it was made without certificates, none is opened, and none may be there.
 */
export function createDrillCheckCertificates(
  c: Pick<ActionCollaborators, 'site' | 'secrets' | 'clock' | 'openPfx'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  const look = (place: Pick<SetPlace, 'root'>, set: string): FileOperation => ({
    kind: 'file',
    verb: 'check',
    path: inSet(place, set, 'certificates'),
    effect: 'read',
  });
  return {
    name: 'drill.check-certificates',
    effect: 'read',
    input,
    onCancel: 'kill',

    describe: ({ set, copy }, context) =>
      Promise.resolve({ operations: [look(setPlace(c, copy, context), set)] }),

    prepare: () => Promise.resolve(null),

    async execute({ set, copy }, _before, context) {
      const place = setPlace(c, copy, context);
      const without = lackedParts(await place.read(set)).includes('certificates');
      const password = without ? '' : await c.secrets.read(c.site.certificates.password);
      return context.perform(look(place, set), async () => {
        let entries: CertificateEntry[];
        try {
          entries = await readCertificateIndex(inSet(place, set, CERTIFICATE_INDEX));
        } catch (error) {
          if (!(error instanceof VerificationError)) throw error;
          return { found: { certificates: 0, differences: [error.message] } };
        }
        if (without) return { found: { certificates: 0, differences: unexpected(entries) } };
        const open = (file: string): ReturnType<typeof c.openPfx> =>
          c.openPfx(inSet(place, set, file), password);
        const judged = await judgeCertificates(entries, open, c.clock.now());
        const { differences, warnings, wrongPassword } = judged;
        for (const warning of warnings) context.warn(warning, 'Renew the certificates (manual 6.1, p. 219).');
        return { found: { certificates: entries.length, differences: [...differences], wrongPassword } };
      });
    },

    check: () => Promise.resolve('not-done'),
  };
}

function unexpected(entries: readonly CertificateEntry[]): string[] {
  return entries.map(
    ({ file }) =>
      `${file}: is in the list of certificates, and the manifest says that there are none in the set`,
  );
}
