import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasonOf } from '../../../src/foundation/system-reason.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('what the system says of a file', () => {
  it('is told without the path, which the message names already', () => {
    const error = thrownBy(() => readFileSync(join(temporaryFolder(), 'gone, open now.txt')));
    expect(reasonOf(error)).toBe('no such file or directory (ENOENT)');
  });

  it.each([
    [
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
        code: 'ECONNREFUSED',
        syscall: 'connect',
      }),
    ],
    [new Error('EACCES: said by a program')],
  ])('is the message of an error of another kind: %s', (error) => {
    expect(reasonOf(error)).toBe(error.message);
  });

  it('is the text of what is no error', () => {
    expect(reasonOf('gone')).toBe('gone');
  });
});
