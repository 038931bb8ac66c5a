import { X509Certificate } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { noOffsite } from '../../../src/actions/offsite.ts';
import { createRestoreCertificates } from '../../../src/actions/restore-certificates.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { CertificateInfo, CertificateStoreName, Node } from '../../../src/contract/node.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { createAuthority, issue, type IssuedCertificate } from '../../../src/platform/certificates/issue.ts';
import { openPfx } from '../../../src/platform/certificates/pfx.ts';
import { thumbprintOf } from '../../../src/platform/certificates/describe.ts';
import { addToStore, createSimulatedCertificates } from '../../../src/platform/simulated/certificates.ts';
import { createSimulatedNode } from '../../../src/platform/simulated/node.ts';
import { qlikServices, setUpSimulatedNode } from '../../../src/platform/simulated/set-up.ts';
import { readKeyAccess } from '../../helpers/key-access.ts';
import { stepRunner } from '../../helpers/step-runner.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeScratch, fakeSite } from '../../unit/actions/fakes.ts';
import { fakeVault } from '../../unit/actions/fake-vault.ts';

export const PASSWORD = 'a word for the certificates';
export const HOST = 'qs1.example';

/** The certificates of one site, and a customer's own. */
export interface SiteKeys {
  readonly stored: readonly (readonly [CertificateStoreName, string, IssuedCertificate])[];
}

/** Makes the four certificates of a site, and with `own` one of another authority. */
export async function siteKeys(
  host: string,
  options: { readonly own?: boolean; readonly notAfter?: Date } = {},
): Promise<SiteKeys> {
  const authority = await createAuthority({ commonName: `${host}-CA`, years: 10 });
  const notAfter = options.notAfter ?? new Date('2035-01-01T00:00:00Z');
  const server = await issue({ authority, commonName: host, role: 'Server', notAfter, hosts: [host] });
  const client = await issue({ authority, commonName: 'QlikClient', role: 'Client', notAfter });
  const cluster = await issue({ authority, commonName: 'QlikServiceCluster', notAfter });
  const stored: [CertificateStoreName, string, IssuedCertificate][] = [
    ['LocalMachine/Root', 'ca', authority],
    ['LocalMachine/My', 'server', server],
    ['CurrentUser/My', 'client', client],
    ['LocalMachine/My', 'service-cluster', cluster],
  ];
  if (options.own === true) {
    const other = await createAuthority({ commonName: 'Acme Authority', years: 10 });
    stored.push([
      'LocalMachine/My',
      'included',
      await issue({
        authority: other,
        commonName: 'qlik.acme.example',
        notAfter,
        hosts: ['qlik.acme.example'],
      }),
    ]);
  }
  return { stored };
}

/** What a test changes. */
export interface LabOptions {
  /** In the stores of the node before. */
  readonly stores?: readonly SiteKeys[];
  /** What the backup set holds. */
  readonly set: SiteKeys;
  readonly host?: string;
  readonly input?: JsonObject;
  readonly password?: string;
  readonly change?: (node: Node) => Node;
}

/** A simulated node with its services stopped, a backup set, and the step that restores its certificates. */
export async function certificatesLab(options: LabOptions) {
  const root = temporaryFolder();
  const { host = HOST } = options;
  const clock = systemClock;
  const folder = path.join(root, 'node');
  await fs.mkdir(folder);
  await setUpSimulatedNode({
    folder,
    now: clock.now(),
    services: qlikServices({ withDatabase: true, startMs: 0, stopMs: 0 }).map((service) => ({
      ...service,
      state: service.name === 'QlikSenseRepositoryDatabase' ? 'running' : 'stopped',
    })),
  });
  for (const { stored } of options.stores ?? [])
    for (const [store, , issued] of stored) await addToStore(folder, store, issued);
  const vaultRoot = path.join(root, 'vault');
  const { entries: certificates, files } = await exported(options.set);
  await fs.mkdir(path.join(vaultRoot, 'SET', 'certificates'), { recursive: true });
  for (const [file, content] of files) await fs.writeFile(path.join(vaultRoot, 'SET', file), content);
  const vault = {
    ...fakeVault(vaultRoot),
    read: () => Promise.resolve({ schemaVersion: 1 as const, id: 'SET', certificates } as never),
  };
  const plain = createSimulatedNode({
    name: 'central',
    host,
    role: 'central',
    failoverCandidate: false,
    folder,
    clock,
    exec: () => Promise.reject(new Error('no program was expected')),
  });
  const node = options.change?.(plain) ?? plain;
  const stateFolder = path.join(root, 'state');
  const action = createRestoreCertificates({
    site: fakeSite(),
    vault,
    offsite: noOffsite(vault),
    scratch: fakeScratch(),
    secrets: { read: () => Promise.resolve(options.password ?? PASSWORD) },
    clock,
    openPfx,
    stateFolder,
  });
  return {
    node,
    vaultRoot,
    set: path.join(vaultRoot, 'SET'),
    safety: path.join(stateFolder, 'runs', 'RUN', 'safety'),
    step: stepRunner(action, { set: 'SET', copy: '', ...options.input }, { node }),
    stores: async () => (await plain.certificates.list()).map(lineOf).sort(),
    /** `store accounts`, a line for each certificate whose key somebody was given access to. */
    access: () => keyAccess(readKeyAccess(folder)),
  };
}

function keyAccess(content: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(content)
    .map(([key, accounts]) => `${key.split(' ')[0] ?? ''} ${accounts.join(', ')}`)
    .sort();
}

/** The certificates of a set as the backup writes them, with their list. */
interface Exported {
  readonly entries: JsonObject[];
  readonly files: ReadonlyMap<string, Buffer>;
}

const known = new Map<SiteKeys, Promise<Exported>>();

/** Exports once for all tests: encrypting takes most of the time of each. */
function exported(site: SiteKeys): Promise<Exported> {
  const found = known.get(site) ?? exportSet(site, temporaryFolder());
  known.set(site, found);
  return found;
}

async function exportSet({ stored }: SiteKeys, exporter: string): Promise<Exported> {
  const certificates = createSimulatedCertificates(exporter);
  for (const [store, , issued] of stored) await addToStore(exporter, store, issued);
  const list = await certificates.list();
  const entries: JsonObject[] = [];
  const files = new Map<string, Buffer>();
  for (const [store, role, issued] of stored) {
    const info = list.find((one) => one.store === store && holds(issued, one));
    if (info === undefined) throw new Error(`no ${role}`);
    const file = `certificates/${role}.pfx`;
    const target = path.join(exporter, `${role}.pfx`);
    await certificates.export(store, info.thumbprint, target, PASSWORD);
    files.set(file, await fs.readFile(target));
    const { subject, issuer, notBefore, notAfter, thumbprint } = info;
    entries.push({ role, file, store, thumbprint, subject, issuer, notBefore, notAfter });
  }
  files.set('certificates/index.json', Buffer.from(JSON.stringify(entries)));
  return { entries, files };
}

function holds({ certificatePem }: IssuedCertificate, info: CertificateInfo): boolean {
  return thumbprintOf(new X509Certificate(certificatePem)) === info.thumbprint;
}

/** One line a certificate: store, name, beginning of the thumbprint, key. */
export function lineOf(info: CertificateInfo): string {
  return `${info.store} ${info.subject} ${info.thumbprint.slice(0, 8)}${info.hasPrivateKey ? ' key' : ''}`;
}

/** The lines that a site's certificates make in the stores. */
export function linesOf(...sites: readonly SiteKeys[]): string[] {
  return sites
    .flatMap(({ stored }) => stored)
    .map(([store, , issued]) => {
      const certificate = new X509Certificate(issued.certificatePem);
      return `${store} ${certificate.subject} ${thumbprintOf(certificate).slice(0, 8)} key`;
    })
    .sort();
}

/** The certificates of a site but for some roles. */
export function without(site: SiteKeys, ...roles: string[]): SiteKeys {
  return { stored: site.stored.filter(([, role]) => !roles.includes(role)) };
}

/** Those of some roles. */
export function only(site: SiteKeys, ...roles: string[]): SiteKeys {
  return { stored: site.stored.filter(([, role]) => roles.includes(role)) };
}
