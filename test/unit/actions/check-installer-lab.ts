import { createCheckInstaller } from '../../../src/actions/check-installer.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { ProgramInfo } from '../../../src/contract/node.ts';
import { checksOf, failed, fakeNode, type FakeNode } from './harness.ts';
import { windowsAnswer } from './windows-answer.ts';

/** Of every file here. */
export const HASH = 'a'.repeat(64);
const SIGNED = { signer: 'CN=QlikTech International AB', sha256: HASH, bytes: 1000 };
/** The installers of May 2025. */
export const SETUP: ProgramInfo = { product: 'Qlik Sense May 2025', version: '14.231.4', ...SIGNED };
export const UPDATE: ProgramInfo = { product: 'Qlik Sense May 2025 Patch 3', version: '14.231.7', ...SIGNED };
export const QPI: ProgramInfo = { ...SETUP, product: 'Qlik PostgreSQL Installer' };
/** What the check is asked: to upgrade to May 2025, to put a patch on it, to take that off. */
export const UPGRADE = { mode: 'upgrade', file: 'C:\\media\\Qlik_Sense_setup.exe', to: 'May 2025' };
export const PATCH = { mode: 'patch', file: 'C:\\media\\Qlik_Sense_update.exe', to: 'May 2025 Patch 3' };
export const UNPATCH = { ...PATCH, mode: 'uninstall-patch', to: 'May 2025' };

/** What there is on the node. */
interface Lab {
  readonly media?: ProgramInfo | 'absent' | 'not-asked';
  readonly windows?: Parameters<typeof windowsAnswer>[0] | 'not-asked' | Error;
}

/** A node with this installer in its place and this installed, and what was looked for. */
function lab({ media = SETUP, windows = { release: 'February 2024' } }: Lab) {
  const asked: string[] = [];
  const node: FakeNode = Object.assign(
    fakeNode(),
    media !== 'not-asked' && {
      programInfo: (file: string) => {
        asked.push(file);
        return Promise.resolve(media === 'absent' ? undefined : media);
      },
    },
    windows !== 'not-asked' && {
      discover: () =>
        windows instanceof Error ? Promise.reject(windows) : Promise.resolve(windowsAnswer(windows)),
    },
  );
  return { node, asked };
}

/** What the check finds there. */
export async function look(input: JsonObject, given: Lab = {}) {
  const { node, asked } = lab(given);
  return { ...(await checksOf(createCheckInstaller(), { node }, input)), asked };
}

/** `id: message` of what failed. */
export async function refusals(input: JsonObject, given: Lab = {}): Promise<string[]> {
  return failed((await look(input, given)).checks).map(({ id, message }) => `${id}: ${message}`);
}
