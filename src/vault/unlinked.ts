import { formatCount } from '../foundation/human.ts';

/** Counts unchanged files that had to be copied because they could not be linked. */
export interface UnlinkedCount {
  /** `code`: of the error that linking ended with. */
  add(code: string): void;
  /** One line for each reason. */
  warnings(): string[];
}

/** Makes the count of one pass. */
export function createUnlinkedCount(): UnlinkedCount {
  const counts = new Map<string, number>();
  return {
    add(code) {
      // The earlier file went away between two looks: it is simply copied.
      if (code !== 'ENOENT') counts.set(code, (counts.get(code) ?? 0) + 1);
    },
    warnings: () =>
      [...counts].map(
        ([code, count]) =>
          `${formatCount(count, 'unchanged file')} had to be copied again instead of linked to the set before: ${reason(code)} (${code})`,
      ),
  };
}

function reason(code: string): string {
  if (code === 'EMLINK')
    return 'the file system allows no more links to one file (NTFS: 1,024); the new copy is linked from now on';
  return isWithoutLinks(code) ? 'the vault has no hard links' : 'the vault refused the link';
}

/** Whether a failed link says that the file system has none at all. */
export function isWithoutLinks(code: string): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EINVAL'].includes(code);
}
