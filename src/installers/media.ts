import type { ProgramInfo } from '../contract/node.ts';

/** What a file is wanted to be. A text that is empty counts as absent. */
export interface WantedMedia {
  /** Name of the installer: `Qlik_Sense_setup.exe`. */
  readonly program: string;
  /** As the vendor writes it: `May 2025`. */
  readonly release?: string;
  readonly patch?: number;
  readonly sha256?: string;
}

type Kind = 'setup' | 'patch' | 'PostgreSQL installer';

/** Whether a file is the installer that is wanted: problems forbid to run it, notes are for people to read. */
export function judgeMedia(found: ProgramInfo, wanted: WantedMedia): { problems: string[]; notes: string[] } {
  const problems: string[] = [];
  const notes: string[] = [];
  if (found.bytes === 0) problems.push('the file is empty');
  const hashed = judgeHash(found, wanted.sha256 ?? '', problems, notes);
  judgeSigner(found, problems, notes);
  if (found.product === undefined) {
    if (hashed) notes.push('its product name cannot be read here; its SHA-256 is the one that was given');
    else
      problems.push(
        'what it is cannot be told: it names no product, and no SHA-256 to compare with was given',
      );
    return { problems, notes };
  }
  const version = found.version === undefined ? '' : `, version ${found.version}`;
  notes.push(`it is "${found.product}"${version}`);
  problems.push(...productProblems(found.product, wanted));
  return { problems, notes };
}

/** True when it was compared and is equal. */
function judgeHash(found: ProgramInfo, wanted: string, problems: string[], notes: string[]): boolean {
  if (wanted === '') {
    notes.push(`its SHA-256 is ${found.sha256}: compare it with the one of the download`);
    return false;
  }
  if (!/^[0-9a-f]{64}$/i.test(wanted)) {
    problems.push('the SHA-256 that was given is not one: it has 64 digits 0-9 and a-f');
    return false;
  }
  if (wanted.toLowerCase() === found.sha256.toLowerCase()) return true;
  problems.push(
    `its SHA-256 is ${found.sha256}, not ${wanted.toLowerCase()}: it is damaged, or another file`,
  );
  return false;
}

function judgeSigner({ signer, product }: ProgramInfo, problems: string[], notes: string[]): void {
  if (signer === undefined) {
    if (product !== undefined) notes.push('no valid signature could be read');
  } else if (!/\bqlik/i.test(signer)) problems.push(`it is signed by "${signer}", not by Qlik`);
}

function productProblems(product: string, wanted: WantedMedia): string[] {
  if (!/\bqlik\b/i.test(product)) return [`it is "${product}", which is no product of Qlik`];
  const kind = kindOf(product);
  const asked = kindOfProgram(wanted.program);
  if (kind !== asked) return [`it is "${product}", a ${kind}, where the ${asked} is wanted`];
  const release = wanted.release ?? '';
  const problems: string[] = [];
  if (release !== '' && asked !== 'PostgreSQL installer' && !names(product, release))
    problems.push(`it is "${product}", not ${release}`);
  if (wanted.patch !== undefined && asked === 'patch' && patchOfProduct(product) !== wanted.patch)
    problems.push(`it is "${product}", not Patch ${String(wanted.patch)}`);
  return problems;
}

function kindOf(product: string): Kind {
  if (/postgresql/i.test(product)) return 'PostgreSQL installer';
  return patchOfProduct(product) === undefined ? 'setup' : 'patch';
}

function kindOfProgram(program: string): Kind {
  if (/postgresql/i.test(program)) return 'PostgreSQL installer';
  return /update/i.test(program) ? 'patch' : 'setup';
}

/** The patch that a product is: 3 of `Qlik Sense May 2025 Patch 3`; undefined: it is none. */
export function patchOfProduct(product: string): number | undefined {
  const digits = /\bpatch\s*(\d+)\b/i.exec(product)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** `3.1` is not `3.1 SR2`, and `May 2025` not `May 20250`. */
function names(product: string, release: string): boolean {
  const words = release
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/\W/g, '\\$&'));
  return new RegExp(`(?<![\\w.])${words.join('\\s+')}(?![\\w.]|\\s+SR)`, 'i').test(product);
}
