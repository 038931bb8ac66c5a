import { expect } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { parseSite } from '../../../src/site/load.ts';

/** The smallest correct site file. */
export const SMALL = `name: small
nodes:
  - { name: only, host: qlik, role: central, transport: simulated, folder: /srv/node }
database: { host: localhost }
share: { root: /srv/share }
certificates: { password: { prompt: true } }
vault: { folder: /srv/vault }
`;

/** Its node. */
export const NODE =
  '  - { name: only, host: qlik, role: central, transport: simulated, folder: /srv/node }\n';

/** The message for the smallest site file with one place changed. */
export function complaint(from: string | RegExp, to: string): string {
  const text = SMALL.replace(from, to);
  expect(text).not.toBe(SMALL);
  return messageFor(text);
}

/** The message for a site file, `no error` when there is none. */
export function messageFor(text: string): string {
  try {
    parseSite(text, 'site.yaml', { platform: 'linux' });
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  return 'no error';
}
