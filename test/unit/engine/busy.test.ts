import { describe, expect, it } from 'vitest';
import { siteBusy } from '../../../src/engine/busy.ts';
import { LockHeldError } from '../../../src/platform/lock/process-lock.ts';
import { wordError } from '../../../src/report/error-text.ts';

describe('a site that is in use', () => {
  it('is told with its holder, and once that nothing was changed', () => {
    const held = new LockHeldError('site acme', { pid: 7, host: 'qs1', command: 'run' });
    const text = wordError(siteBusy(held, 'acme', undefined), { verbose: false });
    expect(text).toContain('error: process 7 on qs1 is at work on the site acme\n');
    expect(text.match(/nothing was changed/gi)).toHaveLength(1);
  });

  it('leaves any other error as it is', () => {
    const error = new Error('the disk is full');
    expect(siteBusy(error, 'acme', undefined)).toBe(error);
  });
});
