import fs from 'node:fs/promises';
import type { PfxContents } from '../../../src/platform/certificates/pfx.ts';
import type { parts } from './fakes.ts';

/**
 * Gives the set SET an index of a root, a client and a server certificate, which are opened without being there. `opened`: file
 * and password of each that was.
 */
export async function certificatesInSet({ vault }: Pick<ReturnType<typeof parts>, 'vault'>): Promise<{
  readonly opened: string[];
  readonly openPfx: (file: string, password: string) => Promise<PfxContents>;
}> {
  const set = await vault.open('SET');
  const index = Object.entries({ ca: 'ROOT', client: 'CLIENT', server: 'SERVER' }).map(
    ([role, thumbprint]) => ({
      ...{ role, thumbprint, file: `certificates/${role}.pfx`, store: 'LocalMachine/My' },
      ...{ subject: 's', issuer: 'i', notBefore: '', notAfter: '' },
    }),
  );
  await fs.writeFile(await set.pathFor('certificates/index.json'), JSON.stringify(index));
  const opened: string[] = [];
  return {
    opened,
    openPfx: async (file, password) => {
      opened.push(`${file.split('/').at(-1) ?? ''} ${password}`);
      const thumbprint = file.endsWith('ca.pfx') ? 'ROOT' : 'CLIENT';
      const certificates = [{ thumbprint, pem: `${thumbprint} PEM`, keyPem: `${thumbprint} KEY` }];
      return { certificates, keys: [], friendlyNames: [] } as unknown as PfxContents;
    },
  };
}
