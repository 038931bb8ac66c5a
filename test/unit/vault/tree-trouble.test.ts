import { describe, expect, it } from 'vitest';
import { createTroubleKeeper } from '../../../src/vault/tree-trouble.ts';

const CLOSED = {
  kind: 'trouble',
  path: 'Trace/Engine',
  code: 'EACCES',
  message: 'permission denied (EACCES)',
} as const;

describe('what went wrong in a copied folder', () => {
  it('names the folder once, and what cannot be read in it', () => {
    const keeper = createTroubleKeeper({ from: '/logs', onTrouble: 'warn' });
    expect(keeper.walked(CLOSED)).toBeUndefined();
    expect(keeper.warnings()).toEqual([
      'Trace/Engine in /logs cannot be read: permission denied (EACCES); it is not in the backup set',
    ]);
  });

  it('is an error that names the folder once, where nothing may be missing', () => {
    const error = createTroubleKeeper({ from: '/share', onTrouble: 'fail' }).walked(CLOSED);
    expect(error?.message).toBe(
      '/share could not be copied: Trace/Engine cannot be read: permission denied (EACCES).',
    );
  });
});
