import { describe, expect, it } from 'vitest';
import { CommandError, PreflightError } from '../../../src/contract/errors.ts';
import { findPrograms } from '../../../src/demo/start-machine.ts';

describe('a simulated site without PostgreSQL', () => {
  it('is not built, and it is said what to install', async () => {
    const exec = (argv: readonly string[]) =>
      Promise.reject(new CommandError(`${String(argv[0])} is not there`, { argv }));
    const refused = findPrograms(exec);
    await expect(refused).rejects.toThrow(PreflightError);
    await expect(refused).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('PostgreSQL 12 or newer') as string,
      hint: expect.stringMatching(/winget install .*PostgreSQL[\s\S]*apt-get install postgresql/) as string,
    });
  });
});
