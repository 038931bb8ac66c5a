import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { rankOf } from './long-files.ts';

/**
 * Begins with the files that take longest: whatever begins last goes on alone. Neither their size tells that, which is a few
 * lines, nor how long they took last, for a sample leaves most of them out.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one.moduleId) - rankOf(other.moduleId));
  }
}
