import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { fakeSite, runLine, SET } from './fake-context.ts';

describe('a name that was typed wrongly', () => {
  it('of a set leads to the one that was probably meant', async () => {
    const { error } = await runLine(['backups', 'show', SET.id.slice(0, 11)], fakeSite());
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ hint: expect.stringContaining(`Did you mean ${SET.id}?`) as string });
  });

  it('of a runbook leads to the one that was probably meant', async () => {
    const { error } = await runLine(['runbooks', 'show', 'bakup']);
    expect(error).toMatchObject({ message: 'there is no runbook "bakup"; did you mean "backup"?' });
  });
});
