import { describe, expect, it } from 'vitest';
import { sslIn } from '../../../src/actions/ssl-places.ts';

const STRING = 'Host=db;Port=4432;Database=QSR;Pooling=true;';

function config(section: string): string {
  return `\ufeff<?xml version="1.0"?>\n<configuration>${section}</configuration>`;
}

describe('what asks for SSL to the database', () => {
  it.each([
    [
      config(
        `<connectionStrings><add name="QSR" connectionString="User ID=q;ssl\n Mode=Require;${STRING}"/></connectionStrings>`,
      ),
      'ssl Mode=Require',
    ],
    [
      config(`<connectionStrings><add name="QSR" connectionString="${STRING}"/></connectionStrings>`),
      undefined,
    ],
    [
      config(
        `<connectionStrings><!-- ssl Mode=Require --><add name="QSR" connectionString="${STRING}"/></connectionStrings>`,
      ),
      undefined,
    ],
    [
      config('<connectionStrings configProtectionProvider="X"><EncryptedData/></connectionStrings>'),
      'encrypted',
    ],
    [config('<appSettings><add key="ssl Mode=Require"/></appSettings>'), undefined],
    ['{ "licenses": { "host": "db", "sslMode": "require" } }', '"sslMode": "require"'],
    ['{ "licenses": { "host": "db", "sslMode": "disable" } }', undefined],
    ['{ "qsmq": { "ssl": true } }', '"ssl": true'],
    ['{ "Postgres": { "Host": "db", "SSL": true } }', '"SSL": true'],
    ['{ "Postgres": { "Host": "db", "SSL": false } }', undefined],
    [
      '{ "Postgres": { "Retry": { "Max": 1 }, "Security": { "Enable": true, "ServerCertificate": { "Path": "x" } } } }',
      '"Security" of "Postgres"',
    ],
    [
      '{ "Postgres": { "Security": { "Enable": false } }, "Http": { "Security": { "Enable": true } } }',
      undefined,
    ],
    ['{ "Http": { "Security": { "Enable": true } }, "Postgres": { "Host": "db" } }', undefined],
  ])('%s', (text, asks) => {
    expect(sslIn(text)).toBe(asks);
  });
});
