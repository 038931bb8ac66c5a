import { describe, expect, it } from 'vitest';
import { judgeStores } from '../../../src/actions/certificate-findings.ts';
import { certificatesOf as certificatesOfNode } from '../../../src/actions/certificates-selected.ts';
import { hostOfSite, ownCertificates } from '../../../src/actions/certificates.ts';
import type { CertificateInfo } from '../../../src/contract/node.ts';
import { certificatesOf } from './fakes.ts';
import { fakeNode } from './harness.ts';

const NEW = 'qs-new.example';
const OLD = 'qs1.example';

const old = certificatesOf(OLD);
const leftover = certificatesOf('other.example').map((info) => ({
  ...info,
  thumbprint: `OTHER-${info.thumbprint}`,
}));

function roles(all: readonly CertificateInfo[], server?: string): string[] {
  return ownCertificates(all, NEW, [], server).map(({ role, info }) => `${role} ${info.thumbprint}`);
}

function server(subject: string, thumbprint: string): CertificateInfo {
  const found = old.find((info) => info.thumbprint === 'SERVER');
  if (found === undefined) throw new Error('no server certificate');
  return { ...found, subject: `CN=${subject}`, thumbprint };
}

describe('a site that was restored to another host name', () => {
  it('works with the certificates of the old one', () => {
    expect(hostOfSite(old, NEW)).toBe(OLD);
    expect(roles(old)).toEqual(['ca CA', 'client CLIENT', 'service-cluster CLUSTER', 'server SERVER']);
  });

  it('is judged to have all of them, and none of another site', () => {
    const facts = { host: NEW, include: [], now: new Date('2026-11-24T02:00:00Z'), account: 'ACME\\qs' };
    expect(judgeStores(old, ownCertificates(old, NEW, []), facts)).toEqual([]);
  });

  it('works with a server certificate for its new name once there is one', () => {
    expect(roles([...old, server(NEW, 'FRESH')])).toContain('server FRESH');
    expect(roles([...old, server(NEW, 'FRESH')])).not.toContain('server SERVER');
  });

  it('has its own again once they were made anew, and the old ones are no longer its', () => {
    const fresh = certificatesOf(NEW).map((info) => ({ ...info, thumbprint: `NEW-${info.thumbprint}` }));
    expect(hostOfSite([...old, ...fresh], NEW)).toBe(NEW);
    expect(roles([...old, ...fresh])).toEqual([
      'ca NEW-CA',
      'server NEW-SERVER',
      'client NEW-CLIENT',
      'service-cluster NEW-CLUSTER',
    ]);
  });

  it('has on a rim node those that the old central node gave it', () => {
    const rim = [...old.filter(({ thumbprint }) => thumbprint !== 'SERVER'), server('rim.example', 'RIM')];
    expect(roles(rim, 'rim.example')).toContain('server RIM');
    const central = fakeNode({ name: 'central', host: NEW, role: 'central' });
    const node = fakeNode({ name: 'rim', host: 'rim.example', role: 'rim' });
    const found = certificatesOfNode(rim, { node, nodes: [central, node] });
    expect(found.map(({ info }) => info.thumbprint).toSorted()).toEqual(['CA', 'CLIENT', 'CLUSTER', 'RIM']);
    const onCentral = certificatesOfNode(old, { node: central, nodes: [central, node] });
    expect(onCentral.map(({ info }) => info.thumbprint).toSorted()).toEqual(
      old.map(({ thumbprint }) => thumbprint).toSorted(),
    );
  });

  it.each([
    ['of which a key is missing', old.map((info) => ({ ...info, hasPrivateKey: false }))],
    ['of which one is missing', old.filter(({ thumbprint }) => thumbprint !== 'CLIENT')],
    ['beside those of a third', [...old, ...leftover]],
    ['without the extension of Qlik', old.map(({ qlikRole: _role, ...info }) => info)],
  ])('is not believed to have certificates %s', (_what, all) => {
    expect(hostOfSite(all, NEW)).toBe(NEW);
    expect(roles(all)).toEqual([]);
  });

  it('is never told to remove the only ones there are', () => {
    const facts = { host: NEW, include: [], now: new Date('2026-11-24T02:00:00Z'), account: 'ACME\\qs' };
    const all = [...old, ...leftover];
    const hints = judgeStores(all, ownCertificates(all, NEW, []), facts)
      .filter(({ id }) => id === 'certificates-other-site')
      .map(({ hint }) => hint);
    expect(hints).toHaveLength(2);
    for (const hint of hints) expect(hint).toMatch(/^Leave them where they are/);
  });
});
