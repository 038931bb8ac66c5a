import { describe, expect, it } from 'vitest';
import { keepBound, mergeConfig, type Merged } from '../../../src/actions/config-merge.ts';
import { hideSecrets } from '../../../src/actions/config-secrets.ts';
import { decodeText, encodeText } from '../../../src/actions/config-text.ts';

const DPAPI = 'AQAAANCMnd8BFdERjHoAwE/Cl+sBAAAABuVYPntQ2k';

function merge(...[format, set, present, names = []]: Partial<Parameters<typeof mergeConfig>>): Merged {
  const result = mergeConfig(format ?? 'ini', set ?? '', present ?? '', names);
  if ('reason' in result) throw new Error(result.reason);
  return result;
}

function keep(...[format, set, present]: Parameters<typeof keepBound>): Merged {
  const result = keepBound(format, set, present);
  if ('reason' in result) throw new Error(result.reason);
  return result;
}

describe('a .exe.config', () => {
  const present = [
    '<?xml version="1.0"?>',
    '<configuration>',
    '  <appSettings>',
    '    <!-- <add key="Off" value="commented"/> -->',
    '    <add key="DisableAutomaticBootstrap" value="false"/>',
    "    <add key='Quoted' value='a &amp; b' />",
    '    <add value="5" key="Order"/>',
    '    <add key="NewInThisRelease" value="1"/>',
    '  </appSettings>',
    '  <connectionStrings><add name="QSR" connectionString="Host=new;Password=n"/></connectionStrings>',
    '</configuration>',
    '',
  ].join('\r\n');
  const set = [
    '<configuration><appSettings>',
    '<add key="DisableAutomaticBootstrap" value="true"/>',
    '<add key="Quoted" value="it\'s &lt;new&gt;"/>',
    '<add key="Order" value="7"></add>',
    '<add key="Gone" value="9"/>',
    '</appSettings><connectionStrings configProtectionProvider="x"><EncryptedData>abc</EncryptedData></connectionStrings></configuration>',
  ].join('\n');

  it('takes over the values of keys that are there, and nothing else changes', () => {
    const { text, taken } = merge('xml', set, present);
    expect(taken).toEqual([
      'appSettings/DisableAutomaticBootstrap',
      'appSettings/Quoted',
      'appSettings/Order',
    ]);
    expect(text).toBe(
      present
        .replace('"false"', '"true"')
        .replace("'a &amp; b'", '"it\'s &lt;new&gt;"')
        .replace('value="5"', 'value="7"'),
    );
  });

  it('keeps the connection strings, and says so of them and of keys that have no place', () => {
    const { held, text } = merge('xml', set, present);
    expect(held.join('\n')).toMatch(/connectionStrings \(encrypted/);
    expect(held.join('\n')).toContain('appSettings/Gone (has no place');
    expect(text).toContain('Host=new;Password=n');
  });

  it('of the same machine is that of the set, with the connection strings that are here', () => {
    const { text, held } = keep('xml', set, present);
    expect(text).toContain('<add key="Gone" value="9"/>');
    expect(text).toContain('<connectionStrings><add name="QSR" connectionString="Host=new;Password=n"/>');
    expect(text).not.toContain('EncryptedData');
    expect(held).toHaveLength(1);
  });

  it('of the same machine is not put in place where the connection strings would be lost', () => {
    expect(keepBound('xml', '<configuration></configuration>', present)).toMatchObject({
      reason: expect.stringContaining('connectionStrings') as string,
    });
  });

  it('that is none is not merged', () => {
    expect(mergeConfig('xml', 'text', present, [])).toMatchObject({ reason: 'cannot be read' });
  });
});

describe('services.conf', () => {
  const present =
    '[licenses]\r\nExePath=Licenses.exe\r\n\r\n[licenses.parameters]\r\n-qsefw-mode\r\n-port=9200\r\n\r\n[hub]\r\nDisabled=false\r\n';
  const set =
    '[licenses]\nExePath=Old\\Licenses.exe\n[licenses.parameters]\n-qsefw-mode\n-port=9201\n-proxy-uri=http://proxy.acme.example:8888\n-proxy-password=secret\n[gone]\nDisabled=true\n';

  it('takes over values and puts missing lines into their sections', () => {
    const { text, taken } = merge('ini', set, present);
    expect(text).toBe(
      present.replace('-port=9200', '-port=9201\r\n-proxy-uri=http://proxy.acme.example:8888'),
    );
    expect(taken).toEqual(['[licenses.parameters] -port', '[licenses.parameters] -proxy-uri']);
  });

  it('keeps what belongs to the release, passwords, and sections that are not there', () => {
    const { held } = merge('ini', set, present);
    expect(held).toEqual([
      '[licenses] exepath (belongs to the release)',
      '[licenses.parameters] -proxy-password (a password or a secret)',
      '[gone] disabled (has no place in the present file)',
    ]);
  });

  it('keeps values that name a host of the old site', () => {
    const { held, text } = merge('ini', '[a]\nurl=http://QS1.acme.example/x\nb=qs10', '[a]\nurl=x\nb=y\n', [
      'qs1.acme.example',
      'qs1',
    ]);
    expect(held).toEqual(['[a] url (names qs1.acme.example)']);
    expect(text).toBe('[a]\nurl=x\nb=qs10\n');
  });

  it('leaves a key that is there twice to a person', () => {
    const { held, text } = merge('ini', '[a]\nb=1\n', '[a]\nb=2\nb=3\n');
    expect(held).toEqual(['[a] b (there more than once)']);
    expect(text).toBe('[a]\nb=2\nb=3\n');
  });

  it('compares sections and keys without regard to case, and passes over comments', () => {
    const { text } = merge('ini', '; b=0\n[A]\nB=1\n', '# x\n[a]\nb = 2 \n');
    expect(text).toBe('# x\n[a]\nb = 1 \n');
  });
});

describe('a JSON file', () => {
  const present =
    '{\r\n\t"licenses": {\r\n\t\t"host": "newhost",\r\n\t\t"port": 4432,\r\n\t\t"password": "' +
    DPAPI +
    'new",\r\n\t\t"sslMode": "disable"\r\n\t},\r\n\t"LogLevel": "info",\r\n\t"New": true\r\n}\r\n';
  const set = JSON.stringify({
    licenses: { host: 'oldhost', port: 5432, password: `${DPAPI}old`, sslMode: 'require', retries: [1, 2] },
    LogLevel: 'dëbug',
    Gone: { deep: 1 },
    Extra: 'x',
  });

  it('takes over values, adds keys that are missing, and keeps its form', () => {
    const { text, taken } = merge('json', set, present);
    expect(JSON.parse(text)).toEqual({
      licenses: { host: 'newhost', port: 4432, password: `${DPAPI}new`, sslMode: 'require', retries: [1, 2] },
      LogLevel: 'dëbug',
      New: true,
      Extra: 'x',
    });
    expect(text).toContain('\t\t"sslMode": "require",\r\n\t\t"retries": [1,2]\r\n\t},');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(taken).toEqual(['licenses/sslMode', 'licenses/retries', 'LogLevel', 'Extra']);
  });

  it('keeps hosts, the database connection and what Windows encrypted', () => {
    const { held } = merge('json', set, present);
    expect(held).toEqual([
      'licenses/host (names a server)',
      'licenses/port (belongs to the database connection)',
      'licenses/password (encrypted for the machine)',
      'Gone/deep (has no place in the present file)',
    ]);
  });

  it('of the same machine is that of the set with those values as they are here', () => {
    const { text } = keep('json', set, present);
    expect(JSON.parse(text)).toMatchObject({
      licenses: { host: 'newhost', port: 4432, password: `${DPAPI}new`, sslMode: 'require' },
      Gone: { deep: 1 },
    });
    expect(JSON.parse(text)).not.toHaveProperty('New');
  });

  it('with a list of feature flags is merged flag by flag', () => {
    const flags = (enabled: boolean, ...more: string[]) =>
      JSON.stringify([{ flag: 'A', enabled }, ...more.map((flag) => ({ flag, enabled: false }))]);
    const { text, held } = merge('json', flags(true, 'OLD'), flags(false, 'NEW'));
    expect(JSON.parse(text)).toEqual([
      { flag: 'A', enabled: true },
      { flag: 'NEW', enabled: false },
    ]);
    expect(held.join()).toContain('[OLD]');
  });

  it('in one line stays in one line', () => {
    expect(merge('json', '{"a":1,"b":2}', '{"a":0}').text).toBe('{"a":1, "b": 2}');
  });

  it('with comments is not merged', () => {
    expect(mergeConfig('json', '{"a":1}', '{"a":0} // x', [])).toMatchObject({ reason: 'cannot be read' });
  });
});

describe('a file of another kind', () => {
  it('is the one of the set, unless something in it is encrypted', () => {
    expect(keep(undefined, 'new', 'old').text).toBe('new');
    expect(keepBound(undefined, DPAPI, 'old')).toHaveProperty('reason');
    expect(keepBound(undefined, 'new', `x=${DPAPI}`)).toHaveProperty('reason');
  });
});

describe('a connection string in plain text', () => {
  const json = (strings: string) => `{"ConnectionStrings": {"QSR": "${strings}"}, "a": 1}`;

  it('stays as it is here, whatever the name of its key', () => {
    const [set, here] = [json('Host=old;Password=a'), json('Host=new;Password=b')];
    expect(keep('json', set, here).text).toBe(here);
    expect(merge('json', set, here)).toMatchObject({ text: here, taken: [] });
    expect(merge('ini', 'db=Server=old;Pwd=a', 'db=Server=new;Pwd=b').text).toBe('db=Server=new;Pwd=b');
  });
});

describe('secrets in a difference', () => {
  it.each([
    ['"password": "hunter2",', 'hunter2'],
    ['  "ClientSecret" : "hunter2"', 'hunter2'],
    ['<add key="ProxyPassword" value="hunter2"/>', 'hunter2'],
    ['<add name="QSR" connectionString="Host=x;Password=hunter2"/>', 'hunter2'],
    ['-proxy-password=hunter2', 'hunter2'],
    ['  Password = hunter 2', 'hunter'],
    [`x=${DPAPI}`, 'BuVYPntQ2k'],
    ['<EncryptedData><CipherValue>hunter2</CipherValue>\n</EncryptedData>', 'hunter2'],
    ['-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----', 'hunter2'],
    ['-----BEGIN PRIVATE KEY-----\nhunter2', 'hunter2'],
    ['"QSR": "Host=x;Password=hunter2;Port=4432"', 'hunter2'],
    ['"QSR": "Host=x;Pwd=\\"hunt;hunter2\\";Port=4432"', 'hunter2'],
    ['"QSR": "Host=x;Password=\\u0027hunt;hunter2\\u0027;Port=4432"', 'hunter2'],
    ['"QSR": "Password=\'hu\'\'nt;hunter2\'"', 'hunter2'],
    ['"connectionString": "Host=x;Passphrase of ours: hunter2"', 'hunter2'],
    ['<add key="Db" value="Server=x;Pwd=hunter2;Port=1"/>', 'hunter2'],
    ['<add key="Db" value="Password=&quot;hunt;hunter2&quot;;Port=1"/>', 'hunter2'],
    ['<add key="Db" value="Password=a&amp;b&amp;hunter2;Port=1"/>', 'hunter2'],
    ['<add value="hunter2" key="ProxyPassword"/>', 'hunter2'],
    ['<proxy user="x" password="hunter2"/>', 'hunter2'],
    ['<ProxyPassword encoded="no">hunter2</ProxyPassword>', 'hunter2'],
    ['database = Host=x;Password=hunter2;Port=1', 'hunter2'],
    ['url=postgresql://qlik:hunter2@db.example/QSR', 'hunter2'],
  ])('are hidden: %s', (text, secret) => {
    expect(hideSecrets(text)).not.toContain(secret);
    expect(hideSecrets(text)).toContain('***');
  });

  it('do not take other lines with them', () => {
    const text = 'a=1\npassword=x\nb=2\n';
    expect(hideSecrets(text)).toBe('a=1\npassword=***\nb=2\n');
  });

  it('leave what else a connection string says', () => {
    expect(hideSecrets('"QSR": "Host=x;Password=hunter2;Port=4432", "y": 1')).toBe(
      '"QSR": "Host=x;Password=***;Port=4432", "y": 1',
    );
    expect(hideSecrets('<add key="Db" value="Server=x;Pwd=hunter2;Port=1"/>')).toBe(
      '<add key="Db" value="Server=x;Pwd=***;Port=1"/>',
    );
  });
});

describe('the encoding of a configuration file', () => {
  it.each([
    ['utf-8', Buffer.from('ä\r\n')],
    ['utf-8-bom', Buffer.from('\ufeffä')],
    ['utf-16le', Buffer.from('\ufeffä', 'utf16le')],
    ['utf-16be', Buffer.from('\ufeffä', 'utf16le').swap16()],
    ['latin1', Buffer.from('ä', 'latin1')],
  ])('%s is read and written again byte for byte', (encoding, data) => {
    const decoded = decodeText(data);
    expect(decoded).toMatchObject({ encoding, text: expect.stringMatching(/^ä/) as string });
    expect(decoded && encodeText(decoded)).toEqual(data);
  });

  it('that is none is said to be none', () => {
    expect(decodeText(Buffer.from([1, 0, 2, 0]))).toBeUndefined();
  });

  it('that cannot write a letter is not made to', () => {
    expect(encodeText({ text: '€', encoding: 'latin1' })).toBeUndefined();
  });
});
