import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/contract/operation.ts';
import { commandLine, operationText } from '../../../src/report/operation-text.ts';

describe('operationText', () => {
  const cases: [string, Operation, string][] = [
    [
      'a command with its arguments quoted where they need it',
      { kind: 'command', argv: ['pg_dump', '-f', 'D:\\My Vault\\<set>\\QSR.tar', 'QSR'], effect: 'change' },
      'pg_dump -f "D:\\My Vault\\<set>\\QSR.tar" QSR',
    ],
    [
      'the names of environment variables, never their values',
      { kind: 'command', argv: ['psql', '-l'], env: ['PGPASSFILE'], effect: 'read' },
      'psql -l (environment: PGPASSFILE)',
    ],
    [
      'SQL on one line with its database',
      { kind: 'sql', database: 'QSR', text: 'SELECT 1\n  FROM "x"', effect: 'read' },
      'SQL in QSR: SELECT 1 FROM "x"',
    ],
    [
      'an HTTP request',
      { kind: 'http', method: 'GET', url: 'https://central:4444/', effect: 'read' },
      'GET https://central:4444/',
    ],
    [
      'a copy with where from and where to',
      { kind: 'file', verb: 'copy', source: '//host/share', path: '/vault/<set>/share', effect: 'change' },
      'copy //host/share to "/vault/<set>/share"',
    ],
    [
      'a new folder',
      { kind: 'file', verb: 'make-folder', path: '/a b', effect: 'change' },
      'make folder "/a b"',
    ],
    [
      'a service in the words of sc.exe',
      { kind: 'service', verb: 'stop', service: 'QlikSenseProxyService', effect: 'change' },
      'sc.exe stop QlikSenseProxyService',
    ],
    [
      'something that may be done any number of times',
      { kind: 'service', verb: 'stop', service: 'X', effect: 'change', repeat: true },
      'sc.exe stop X (if needed)',
    ],
    [
      'an exported certificate',
      {
        kind: 'certificate',
        verb: 'export',
        store: 'LocalMachine/My',
        thumbprint: 'AB',
        subject: 'CN=host',
        file: 'x.pfx',
        effect: 'change',
      },
      'export certificate CN=host from LocalMachine/My to x.pfx',
    ],
    [
      'an imported certificate',
      { kind: 'certificate', verb: 'import', store: 'LocalMachine/My', file: 'a b.pfx', effect: 'change' },
      'import "a b.pfx" into LocalMachine/My',
    ],
    [
      'an imported certificate whose key somebody may read',
      {
        kind: 'certificate',
        verb: 'import',
        store: 'LocalMachine/My',
        file: 'a.pfx',
        account: 'ACME\\svc-qlik',
        effect: 'change',
      },
      'import a.pfx into LocalMachine/My, its key readable for ACME\\svc-qlik',
    ],
    [
      'access to the key of a certificate that is there',
      {
        kind: 'certificate',
        verb: 'give-access',
        store: 'LocalMachine/My',
        subject: 'CN=qs1',
        file: 'a.pfx',
        account: 'ACME\\svc-qlik',
        effect: 'change',
      },
      'let ACME\\svc-qlik read the key of certificate CN=qs1 in LocalMachine/My',
    ],
    [
      'listing certificates',
      { kind: 'certificate', verb: 'list', store: 'LocalMachine/Root', effect: 'read' },
      'list certificates in LocalMachine/Root',
    ],
    [
      'work of a person',
      { kind: 'human', text: 'Look at the hub', effect: 'read' },
      'by hand: Look at the hub',
    ],
  ];
  it.each(cases)('words %s', (_, operation, text) => {
    expect(operationText(operation)).toBe(text);
  });
});

describe('commandLine', () => {
  it('quotes empty arguments, double quotes, dollars and single quotes', () => {
    expect(commandLine(['a', '', 'say "x"', '$HOME', 'it\'s "x"'])).toBe(
      `a "" 'say "x"' '$HOME' 'it'\\''s "x"'`,
    );
  });
});
