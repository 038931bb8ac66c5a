import { expect, it } from 'vitest';
import { createRestoreLogin } from '../../../src/actions/restore-login.ts';
import { CommandError } from '../../../src/contract/errors.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { fakeDatabase, fakeSite } from './fakes.ts';
import { runAction, type RunOptions } from './harness.ts';

const STATUS_DLL_NOT_FOUND = 3_221_225_781;

it('a psql that ends without a word, as without its libraries, is told by its exit code', async () => {
  const exec: RunOptions['exec'] = (argv) =>
    Promise.reject(
      new CommandError('psql.exe failed with exit code 3221225781', { argv, code: STATUS_DLL_NOT_FOUND }),
    );
  const action = createRestoreLogin({
    site: fakeSite(),
    database: fakeDatabase(),
    clock: createManualClock(),
  });
  const { outputs, warnings } = await runAction(action, {}, { exec });
  expect(outputs).toEqual({ login: 'unclear' });
  expect(warnings).toEqual([
    'central: whether the database lets it in is not clear: psql.exe failed with exit code 3221225781',
  ]);
});
