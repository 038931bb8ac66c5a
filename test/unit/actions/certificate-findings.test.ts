import { describe, expect, it } from 'vitest';
import { judgeStores } from '../../../src/actions/certificate-findings.ts';
import { otherSites, siteCertificates } from '../../../src/actions/certificates.ts';
import type { CertificateInfo } from '../../../src/contract/node.ts';
import { certificatesOf } from './fakes.ts';

const host = 'qs1.example';

function judge(all: readonly CertificateInfo[], include: readonly string[] = []) {
  const now = new Date('2026-11-24T02:00:00Z');
  return judgeStores(all, siteCertificates(all, host, include), {
    host,
    include,
    now,
    account: 'ACME\\someone',
  });
}

const own = certificatesOf(host);
const copy = (role: string, changes: Partial<CertificateInfo>): CertificateInfo => {
  const info = own.find(({ thumbprint }) => thumbprint === role);
  if (info === undefined) throw new Error(`no ${role}`);
  return { ...info, thumbprint: `${role}2`, ...changes };
};

const unmarked = ({ qlikRole: _role, ...rest }: CertificateInfo): CertificateInfo => rest;
const other = certificatesOf('other.example').map((info) => ({
  ...info,
  thumbprint: `OTHER-${info.thumbprint}`,
}));

describe('the certificates of a site', () => {
  it('are found by issuer and name, not by the extension that those of other sites have too', () => {
    const all = [...other, ...own];
    const found = siteCertificates(all, host, []);
    expect(found.map(({ role }) => role)).toEqual(['ca', 'server', 'client', 'service-cluster']);
    expect(found.every(({ info }) => info.issuer === `CN=${host}-CA`)).toBe(true);
    expect(otherSites(all, found).map(({ subject }) => subject)).toEqual([
      'CN=other.example-CA',
      'CN=other.example',
      'CN=QlikClient',
    ]);
  });

  it('do not include one without the extension beside one that has it', () => {
    const plain = unmarked(copy('SERVER', {}));
    expect(siteCertificates([...own, plain], host, []).map(({ info }) => info.thumbprint)).not.toContain(
      'SERVER2',
    );
    expect(judge([...own, plain])).toEqual([]);
  });

  it('that are named by thumbprint are taken from the store that has the key', () => {
    const proxy = copy('SERVER', { thumbprint: 'AB', issuer: 'CN=Example Root', subject: 'CN=www.example' });
    const all = [...own, { ...proxy, store: 'LocalMachine/Root' as const, hasPrivateKey: false }, proxy];
    const included = siteCertificates(all, host, ['AB']).filter(({ role }) => role === 'included');
    expect(included).toEqual([{ role: 'included', info: proxy }]);
  });
});

describe('certificate stores are judged as the Repository Service will when it starts', () => {
  it('and four good certificates are no finding, also without the extension in QlikServiceCluster', () => {
    expect(judge(own)).toEqual([]);
  });

  it.each([
    ['SERVER', 'deletes all of them', 'p. 228'],
    ['CLIENT', 'deletes all of them', 'p. 228'],
    ['CA', 'shuts down', 'p. 229'],
    ['CLUSTER', 'must not bring both', 'p. 194'],
  ])('a second %s: %s', (role, hint, page) => {
    const checks = judge([...own, copy(role, {})]);
    expect(checks).toMatchObject([{ id: 'certificates-duplicate', status: 'failed' }]);
    expect(checks[0]?.hint).toContain(hint);
    expect(checks[0]?.hint).toContain(page);
  });

  it.each([
    ['expired', { notAfter: '2026-11-24T01:00:00Z' }, 'expired on 2026-11-24'],
    ['not yet valid', { notBefore: '2026-12-01T00:00:00Z' }, 'valid only from 2026-12-01'],
    ['not self-signed', { issuer: 'CN=Example Root' }, 'not signed by itself but by Example Root'],
    ['without its key', { hasPrivateKey: false }, 'no private key'],
    ['with the text of another store', { qlikRole: 'Server' }, '"Server" in the extension'],
  ])('a root that is %s is invalid, and the service shuts down', (_, changes, message) => {
    const [check, ...rest] = judge(certificatesOf(host, { ca: changes }));
    expect(rest).toEqual([]);
    expect(check).toMatchObject({ id: 'certificates-valid', status: 'failed' });
    expect(check?.message).toContain(message);
    expect(check?.hint).toContain('shuts down at its next start');
  });

  it.each(['server', 'client'] as const)('a %s certificate needs the extension', (role) => {
    const all = certificatesOf(host, { [role]: {} }).map((info) =>
      info.qlikRole?.toLowerCase() === role ? unmarked(info) : info,
    );
    const checks = judge(all);
    expect(checks).toMatchObject([{ id: 'certificates-valid', status: 'failed' }]);
    expect(checks[0]?.message).toContain('lacks the extension 1.3.6.1.5.5.7.13.3');
  });

  it('a key that this account may not use, or that nobody can export, is told before the night', () => {
    const [access] = judge(certificatesOf(host, { server: { keyState: 'no-access' } }));
    expect(access).toMatchObject({ status: 'failed' });
    expect(access?.message).toContain('ACME\\someone may not use the private key');
    const [fixed] = judge(certificatesOf(host, { client: { keyState: 'not-exportable' } }));
    expect(fixed?.message).toContain('not marked as exportable');
    expect(judge(certificatesOf(host, { client: { keyState: 'exportable' } }))).toEqual([]);
  });

  it('without the client certificate the account is named', () => {
    const [check] = judge(own.filter(({ thumbprint }) => thumbprint !== 'CLIENT'));
    expect(check?.message).toContain('of the account ACME\\someone');
    expect(check?.hint).toContain('the account that runs the Qlik Sense services');
  });

  it('certificates of a second site are a warning that says what may become of them', () => {
    const checks = judge([...own, ...other]);
    expect(checks).toMatchObject([{ id: 'certificates-other-site', status: 'warning' }]);
    expect(checks[0]?.message).toContain('other.example-CA');
    expect(checks[0]?.message).toContain('QlikClient in CurrentUser/My');
    expect(checks[0]?.hint).toMatch(/deletes all .* shuts down/);
  });

  it('more than 300 trusted roots are a warning', () => {
    const roots = (count: number) =>
      Array.from({ length: count }, (_, at) =>
        copy('CA', { thumbprint: `R${at}`, subject: `CN=Root ${at}`, issuer: `CN=Root ${at}` }),
      ).map(unmarked);
    expect(judge([...own, ...roots(299)])).toEqual([]);
    expect(judge([...own, ...roots(300)])).toMatchObject([{ id: 'certificates-roots', status: 'warning' }]);
  });
});
