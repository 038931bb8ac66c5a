import { ExpectedError, messageOf, StepError } from '../../contract/errors.ts';
import { formatBytes, formatCount } from '../../foundation/human.ts';
import { freeBytes } from '../../platform/space.ts';
import { keptFolders } from './own-names.ts';

/** What a restore has done so far. */
export interface RestoreCounts {
  /** Files that were put into place. */
  placed: number;
  /** Files and folders that were moved aside. */
  moved: number;
}

/** Words for a file or folder of the target that could not be changed. `run`: of the restore. */
export async function targetError(
  into: string,
  run: string,
  { target, code, message, cause }: { target: string; code: string; message: string; cause?: unknown },
  counts: RestoreCounts,
): Promise<ExpectedError> {
  const details = {
    ...changedText(into, run, counts),
    cause: cause ?? Object.assign(new Error(message), { code }),
  };
  const back = `\`sense-runbook rollback ${run}\` puts back what was there.`;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StepError(
      `The disk of ${into} is full: ${target} could not be written (${await freeText(into)}).`,
      {
        hint: `Make room on that disk, then \`sense-runbook resume ${run}\` goes on. ${back}`,
        ...details,
      },
    );
  if (code === 'EBUSY' || code === 'EPERM' || code === 'EACCES' || code === 'EROFS')
    return new StepError(
      `${target} could not be changed (${code}): another program uses it, or this account may not.`,
      {
        hint: `Look whether services that use ${into} still run, and at the rights of that folder. Then \`sense-runbook resume ${run}\` goes on. ${back}`,
        ...details,
      },
    );
  if (code === 'ENOTDIR')
    return new StepError(`${target} could not be used: ${message}.`, {
      hint: `Something came there while files were restored. Look what it is; then \`sense-runbook resume ${run}\` goes on. ${back}`,
      ...details,
    });
  if (code === 'EXDEV')
    return new StepError(`${target} lies on another volume than ${into}: it cannot be moved aside.`, {
      hint: `Name that folder in site.yaml by itself, or take its volume away while files are restored. ${back}`,
      ...details,
    });
  return new StepError(`${target} could not be restored: ${message} (${code}).`, {
    hint: `Look whether that disk or network share is still there; then \`sense-runbook resume ${run}\` goes on. ${back}`,
    ...details,
  });
}

/** Does `work` in the target and words what the file system says. */
export async function withTarget<T>(
  into: string,
  run: string,
  counts: RestoreCounts,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || error instanceof ExpectedError) throw error;
    const facts = { target: path ?? into, code, message: messageOf(error), cause: error };
    throw await targetError(into, run, facts, counts);
  }
}

function changedText(into: string, run: string, { placed, moved }: RestoreCounts): { changed?: string } {
  if (placed === 0 && moved === 0) return {};
  const aside =
    moved === 0
      ? ''
      : `, ${formatCount(moved, 'old file')} moved aside into ${keptFolders(into, run).before}`;
  return { changed: `${formatCount(placed, 'file')} put into place in ${into}${aside}` };
}

async function freeText(path: string): Promise<string> {
  try {
    return `${formatBytes(await freeBytes(path))} free`;
  } catch {
    // The disk may be gone altogether; the message is about the first failure, not about this one.
    return 'free space unknown';
  }
}
