import { describe, expect, it } from 'vitest';
import { isRunning } from '../../../src/postgres/cluster-files.ts';

const answering = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

describe('a process by its id', () => {
  it('runs when it can be asked, and when this account may not ask it', () => {
    expect(isRunning(process.pid)).toBe(true);
    expect(isRunning(4711, answering('EPERM'))).toBe(true);
  });

  it('does not run when there is none', () => {
    expect(isRunning(4711, answering('ESRCH'))).toBe(false);
  });
});
