import type { CheckResult, ReadContext } from '../contract/action.ts';
import type { ProgramInfo } from '../contract/node.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { InstallerCall } from '../installers/calls.ts';
import { judgeMedia, patchOfProduct } from '../installers/media.ts';
import type { Look } from './check-action.ts';
import { callOf } from './installer-input.ts';
import { patchOf } from './releases.ts';

const ID = 'installer-media';

/** The file of an installer, and what it is said to be: empty is not known. */
interface InstallerFile {
  readonly mode: InstallerCall['mode'];
  readonly file: string;
  readonly sha256: string;
  readonly to: string;
}

/** The look at the file. */
export function lookAtMedia({ file }: Pick<InstallerFile, 'file'>): FileOperation {
  return { kind: 'file', verb: 'check', path: file, effect: 'read' };
}

/** Whether the file is there and is what it is said to be; `seen`: what it is. */
export async function checkMedia(
  given: InstallerFile,
  { node, signal }: ReadContext,
  look: Look,
): Promise<{ checks: CheckResult[]; seen?: ProgramInfo }> {
  const { programInfo } = node;
  if (programInfo === undefined)
    return {
      checks: [
        {
          id: ID,
          status: 'warning',
          message: `Whether ${given.file} is there on ${node.host}, and what it is, cannot be looked at.`,
          hint: 'Look at its properties on that server: product, version and signature.',
        },
      ],
    };
  const found = await look(lookAtMedia(given), () => programInfo(given.file, signal));
  if (found === undefined)
    return {
      checks: [
        {
          id: ID,
          status: 'failed',
          message: `There is no file ${given.file} on ${node.host}.`,
          hint: 'Put it there: every node needs it, at the same path (manual 3.4, p. 169).',
        },
      ],
    };
  const patch = patchOf(given.to);
  const { problems, notes } = judgeMedia(found, {
    program: callOf(given.mode).program,
    ...(given.to === '' ? {} : { release: given.to.replace(/ Patch \d+$/i, '') }),
    ...(patch === 0 ? {} : { patch }),
    ...(given.sha256 === '' ? {} : { sha256: given.sha256 }),
  });
  return {
    seen: found,
    checks: [
      ...problems.map((message): CheckResult => ({
        id: ID,
        status: 'failed',
        message: `${node.host}: ${message}`,
        hint: 'Download it again, and give the one that belongs to this step.',
      })),
      ...notes.map((message): CheckResult => ({ id: ID, status: 'ok', message: `${node.host}: ${message}` })),
    ],
  };
}

/** A patch is taken off by its own program: that of another one would act on what is not there. */
export function checkPatchProgram(
  mode: InstallerCall['mode'],
  product: string | undefined,
  release: string | undefined,
  host: string,
): CheckResult[] {
  const own = product === undefined ? undefined : patchOfProduct(product);
  const installed = patchOf(release ?? '');
  if (mode !== 'uninstall-patch' || own === undefined || installed === 0 || own === installed) return [];
  return [
    {
      id: ID,
      status: 'failed',
      message: `${host}: ${release ?? ''} is installed, and the program is of "${product ?? ''}".`,
      hint: `A patch is taken off by its own program: give Qlik_Sense_update.exe of ${release ?? ''} (manual 3.7, p. 174; 4.4, p. 186).`,
    },
  ];
}
