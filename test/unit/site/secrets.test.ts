import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExpectedError, TimeLimitError, UsageError } from '../../../src/contract/errors.ts';
import { createRedactor } from '../../../src/foundation/redaction.ts';
import { parseSite } from '../../../src/site/load.ts';
import { describeReference } from '../../../src/site/secret-reference.ts';
import { createSecretStore } from '../../../src/site/secret-store.ts';
import { createSecretReader, secretQuestions } from '../../../src/site/secrets.ts';
import type { SecretReaderCollaborators } from '../../../src/site/secrets.ts';
import type { SecretReference } from '../../../src/site/schema.ts';
import { createFakeExec } from '../../helpers/fake-exec.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { SMALL } from './small-site.ts';

function setUp(given: Partial<SecretReaderCollaborators> = {}) {
  const redactor = createRedactor();
  const warnings: string[] = [];
  const reader = createSecretReader({
    env: {},
    exec: createFakeExec([]).exec,
    redactor,
    prompt: { canAsk: false, ask: () => Promise.reject(new Error('asked without a terminal')) },
    platform: 'linux',
    warn: (message) => warnings.push(message),
    ...given,
  });
  return { reader, redactor, warnings };
}

function fileWith(content: string | Buffer, mode = 0o600): string {
  const file = join(temporaryFolder(), 'secret.txt');
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

async function failure(work: Promise<unknown>): Promise<ExpectedError> {
  const error = await work.then(
    () => new Error('did not fail'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ExpectedError);
  return error as ExpectedError;
}

describe('reading a secret', () => {
  it('takes it from the environment and hides it in text from then on', async () => {
    const { reader, redactor, warnings } = setUp({ env: { DB: 'hunter2' } });
    expect(await reader.read({ env: 'DB' })).toBe('hunter2');
    expect(redactor.redact('login hunter2 refused')).toBe('login *** refused');
    expect(warnings).toEqual([]);
  });

  it.each([
    ['as it is', 'hunter2', 'hunter2'],
    ['without one line end', 'hunter2\n', 'hunter2'],
    ['without one Windows line end', 'hunter2\r\n', 'hunter2'],
    ['without a byte order mark', '\uFEFFhunter2\n', 'hunter2'],
    ['with blanks around it', '  hunter2 ', '  hunter2 '],
  ])('takes it from a file %s', async (_name, content, wanted) => {
    const { reader, warnings } = setUp();
    expect(await reader.read({ file: fileWith(content) })).toBe(wanted);
    expect(warnings).toEqual([]);
  });

  it('warns of a file that others can read, but not on Windows', async () => {
    const file = fileWith('hunter2', 0o644);
    const { reader, warnings } = setUp();
    await reader.read({ file });
    expect(warnings).toEqual([`Others than its owner can read ${file}, which holds a secret.`]);
    const onWindows = setUp({ platform: 'win32' });
    await onWindows.reader.read({ file });
    expect(onWindows.warnings).toEqual([]);
  });

  it('takes what a command prints, with a time limit of 30 seconds', async () => {
    const { exec, calls } = createFakeExec([{ command: 'get-secret db', stdout: 'hunter2\n' }]);
    const { reader } = setUp({ exec });
    expect(await reader.read({ command: ['get-secret', 'db'] })).toBe('hunter2');
    expect(calls.map((call) => call.options.timeoutMs)).toEqual([30_000]);
  });

  it('takes it from the store', async () => {
    const store = createSecretStore(temporaryFolder());
    await store.set('db', 'hunter2');
    const { reader, warnings } = setUp({ store });
    expect(await reader.read({ secret: 'db' })).toBe('hunter2');
    expect(warnings).toEqual([]);
  });

  it('asks with a question that says which password is meant, each once', async () => {
    const { site } = parseSite(
      SMALL.replace('localhost', 'localhost, password: { prompt: true }'),
      'site.yaml',
    );
    const questions: string[] = [];
    const { reader } = setUp({
      prompt: {
        canAsk: true,
        ask: (question) => {
          questions.push(question);
          return Promise.resolve(`typed ${questions.length}`);
        },
      },
      questionFor: secretQuestions(site),
    });
    const database = site.database.password as SecretReference;
    const both = await Promise.all([reader.read(database), reader.read(database)]);
    expect(both).toEqual(['typed 1', 'typed 1']);
    expect(await reader.read(site.certificates.password)).toBe('typed 2');
    expect(questions).toEqual([
      'Password of database user postgres on localhost',
      'Password for the certificate files',
    ]);
  });

  it('reads each reference once, also when it is asked for twice at the same time', async () => {
    const { exec, calls } = createFakeExec([{ command: 'get', stdout: 'hunter2' }]);
    const { reader } = setUp({ exec });
    await Promise.all([reader.read({ command: ['get'] }), reader.read({ command: ['get'] })]);
    expect(calls).toHaveLength(1);
  });

  it('tries again after a failure', async () => {
    const env: Record<string, string> = {};
    const { reader } = setUp({ env });
    await failure(reader.read({ env: 'DB' }));
    env['DB'] = 'hunter2';
    expect(await reader.read({ env: 'DB' })).toBe('hunter2');
  });

  it('warns of one that is too short to be hidden', async () => {
    const { reader, warnings } = setUp({ env: { DB: 'abc' } });
    await reader.read({ env: 'DB' });
    expect(warnings).toEqual([
      'The secret from environment variable DB has fewer than 4 characters and cannot be hidden in messages.',
    ]);
  });
});

describe('a secret that cannot be read', () => {
  it.each<[string, SecretReference, string]>([
    [
      'a variable that is not set',
      { env: 'DB' },
      'The environment variable DB is not set; a secret is expected in it.',
    ],
    [
      'an empty variable',
      { env: 'EMPTY' },
      'The secret from environment variable EMPTY cannot be used: it is empty.',
    ],
    [
      'a file that is not there',
      { file: '/nowhere/secret' },
      'The file /nowhere/secret does not exist; a secret is expected in it.',
    ],
    ['a secret that was never stored', { secret: 'db' }, 'The secret db is not stored.'],
    [
      'a question without a terminal',
      { prompt: true },
      'The site file asks for a password at the terminal, and there is no terminal.',
    ],
  ])('%s is named', async (_name, reference, message) => {
    const store = createSecretStore(temporaryFolder());
    const error = await failure(setUp({ env: { EMPTY: '' }, store }).reader.read(reference));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe(message);
  });

  it.each([
    ['of two lines', 'hunter2\nhunter3\n', 'it has more than one line or a NUL character'],
    ['of another encoding', Buffer.from('hunter2', 'utf16le'), 'it is not UTF-8 text'],
    ['of nothing but a line end', '\n', 'it is empty'],
  ])('a file %s is refused without its content', async (_name, content, problem) => {
    const file = fileWith(content);
    const error = await failure(setUp().reader.read({ file }));
    expect(error.message).toBe(`The secret from file ${file} cannot be used: ${problem}.`);
  });

  it('a command that fails is named without its arguments and without what it printed', async () => {
    const { exec } = createFakeExec([
      { command: 'get --token hunter2', stdout: 'hunter2', stderr: 'hunter2', exitCode: 3 },
    ]);
    const error = await failure(setUp({ exec }).reader.read({ command: ['get', '--token', 'hunter2'] }));
    expect(error.message).toBe('The command get that gives a secret ended with exit code 3.');
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('a command that takes too long is named', async () => {
    const exec = () => Promise.reject(new TimeLimitError('too long'));
    const error = await failure(setUp({ exec }).reader.read({ command: ['get'] }));
    expect(error.message).toBe('The command get that gives a secret did not end within 30 seconds.');
  });

  it('a mistake of ours in running a command is not hidden', async () => {
    const exec = () => Promise.reject(new RangeError('a mistake'));
    await expect(setUp({ exec }).reader.read({ command: ['get'] })).rejects.toThrow(RangeError);
  });
});

describe('a reference in words', () => {
  it.each<[SecretReference, string]>([
    [{ env: 'DB' }, 'environment variable DB'],
    [{ file: '/run/db' }, 'file /run/db'],
    [{ command: ['get', '--token', 'hunter2'] }, 'command get'],
    [{ secret: 'db' }, 'secret db'],
    [{ prompt: true }, 'a question at the terminal'],
  ])('%j', (reference, words) => {
    expect(describeReference(reference)).toBe(words);
  });
});
