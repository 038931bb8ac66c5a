import { describe, expect, it } from 'vitest';
import { complaint } from './small-site.ts';

const REFERENCE =
  'write where the password is kept, for example { secret: NAME } after "sense-runbook secret set NAME", ' +
  '{ env: NAME }, { file: PATH }, { command: [PROGRAM, ARGUMENT] } or { prompt: true }';
describe('a password in the site file', () => {
  it.each([
    ['plain', 'hunter2'],
    ['in quotes', '"hunter2"'],
    ['in a list', '[hunter2]'],
    ['under a wrong key', '{ value: hunter2 }'],
    ['beside a reference', '{ env: A, value: hunter2 }'],
    ['as a name that no secret has', '{ secret: HUNTER2! }'],
    ['as a variable that no system has', '{ env: hunter2! }'],
    ['as a path that is none', '{ file: hunter2 }'],
    ['as a command that is none', '{ command: hunter2 }'],
    ['that looks like an alias', '*hunter2'],
    ['that looks like a tag', '!hunter2 x'],
    ['that begins with a reserved character', '@hunter2'],
    ['that looks like a block', '|hunter2'],
    ['that is not closed', '"hunter2'],
    ['with a colon in it', 'hunter2: x: y'],
  ])('%s is refused and never repeated', (_name, password) => {
    const message = complaint('{ host: localhost }', `\n  host: localhost\n  password: ${password}`);
    expect(message).toMatch(/^site\.yaml:\d+:\d+/);
    expect(message.toLowerCase()).not.toContain('hunter2');
  });

  it('gets a message that shows how to write it', () => {
    expect(complaint('{ prompt: true }', 'hunter2')).toBe(
      `site.yaml:6:27 certificates.password: must not be the password itself; ${REFERENCE}`,
    );
    expect(complaint('{ prompt: true }', '12345')).toBe(
      `site.yaml:6:27 certificates.password: must not be the password itself; ${REFERENCE}`,
    );
  });

  it('is explained when it is missing or has two places', () => {
    expect(complaint('{ password: { prompt: true } }', '{}')).toContain(
      `certificates.password: is required; ${REFERENCE}`,
    );
    expect(complaint('{ prompt: true }', '{ env: A, secret: b }')).toBe(
      `site.yaml:6:27 certificates.password: must have exactly one of the keys env, file, command, secret and prompt; ${REFERENCE}`,
    );
  });
});
