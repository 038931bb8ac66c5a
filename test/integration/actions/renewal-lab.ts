import fs from 'node:fs/promises';
import path from 'node:path';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { CertificateStoreName, Node } from '../../../src/contract/node.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { createAuthority, issue, type IssuedCertificate } from '../../../src/platform/certificates/issue.ts';
import { openPfx } from '../../../src/platform/certificates/pfx.ts';
import { addToStore } from '../../../src/platform/simulated/certificates.ts';
import { createSimulatedNode } from '../../../src/platform/simulated/node.ts';
import { qlikServices, setUpSimulatedNode } from '../../../src/platform/simulated/set-up.ts';
import { createCertificatesCheckReplaced } from '../../../src/actions/certificates-check-replaced.ts';
import { createCertificatesRemove } from '../../../src/actions/certificates-remove.ts';
import { createCheckRenewal } from '../../../src/actions/check-renewal.ts';
import { askedPerson } from '../../helpers/asked-person.ts';
import { stepRunner } from '../../helpers/step-runner.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from '../../unit/actions/fakes.ts';
import { lineOf, PASSWORD } from './certificates-lab.ts';

export const CENTRAL = 'qs1.example';
const RIM = 'qs2.example';

/** Until when the certificates of a site are valid. */
export interface Validity {
  readonly ca?: Date;
  readonly server?: Date;
  readonly others?: Date;
}

/** What lies in the stores of both nodes of a site. */
export interface SiteStores {
  readonly central: readonly (readonly [CertificateStoreName, IssuedCertificate])[];
  readonly rim: readonly (readonly [CertificateStoreName, Pick<IssuedCertificate, 'certificatePem'>])[];
}

/** Makes the certificates of a site of two nodes: the rim node has the root without its key. */
export async function siteStores(validity: Validity = {}): Promise<SiteStores> {
  const late = new Date('2040-01-01T00:00:00Z');
  const { ca = late, server = late, others = late } = validity;
  const years = ca.getUTCFullYear() - 2015;
  const authority = await createAuthority({
    commonName: `${CENTRAL}-CA`,
    years,
    now: new Date(ca.getTime() - years * 365.25 * 86_400_000),
  });
  const make = (commonName: string, role?: 'Server' | 'Client', notAfter = others) =>
    issue({ authority, commonName, notAfter, ...(role !== undefined && { role }) });
  const [own, client, cluster, ofRim] = await Promise.all([
    make(CENTRAL, 'Server', server),
    make('QlikClient', 'Client'),
    make('QlikServiceCluster'),
    make(RIM, 'Server', server),
  ]);
  const customer = await createAuthority({ commonName: 'Acme Authority', years: 30 });
  return {
    central: [
      ['LocalMachine/Root', authority],
      ['LocalMachine/My', own],
      ['CurrentUser/My', client],
      ['LocalMachine/My', cluster],
      ['LocalMachine/My', customer],
    ],
    rim: [
      ['LocalMachine/Root', { certificatePem: authority.certificatePem }],
      ['LocalMachine/My', ofRim],
      ['CurrentUser/My', client],
    ],
  };
}

interface HowToRemove {
  readonly nodes?: readonly Node[];
  readonly id?: string;
  /** Of a person; absent: nobody can be asked. */
  readonly answer?: boolean;
}

/** Two simulated nodes whose services are stopped, and the steps that make their certificates anew. */
export async function renewalLab(stores: SiteStores, input: JsonObject = { which: 'all' }) {
  const root = temporaryFolder();
  const stateFolder = path.join(root, 'state');
  const nodes = await Promise.all(
    (['central', 'rim'] as const).map(async (role): Promise<Node> => {
      const folder = path.join(root, role);
      await fs.mkdir(folder);
      await setUpSimulatedNode({
        folder,
        now: systemClock.now(),
        services: qlikServices({ withDatabase: true, startMs: 0, stopMs: 0 }).map((service) => ({
          ...service,
          state: service.name === 'QlikSenseRepositoryDatabase' ? 'running' : 'stopped',
        })),
      });
      for (const [store, issued] of stores[role]) await addToStore(folder, store, issued);
      return createSimulatedNode({
        name: role,
        host: role === 'central' ? CENTRAL : RIM,
        role,
        failoverCandidate: false,
        folder,
        clock: systemClock,
        exec: () => Promise.reject(new Error('no program was expected')),
      });
    }),
  );
  const [central, rim] = nodes as [Node, Node];
  const c = {
    site: fakeSite(),
    secrets: { read: () => Promise.resolve(PASSWORD) },
    clock: systemClock,
    openPfx,
    stateFolder,
    person: askedPerson().person,
  };
  return {
    central,
    rim,
    safety: (...names: string[]) => path.join(stateFolder, 'runs', 'RUN', 'safety', ...names),
    remove: (node: Node, more: JsonObject = {}, how: HowToRemove = {}) => {
      const { answer, id = 'step' } = how;
      const { person } = askedPerson(answer);
      const action = createCertificatesRemove({ ...c, person });
      return stepRunner(action, { ...input, ...more }, { node, nodes: how.nodes ?? nodes, id });
    },
    /** The nodes as a site file has them whose central node has another host. */
    rename: (host: string): Node[] => [{ ...central, host }, rim],
    give: async (role: 'central' | 'rim', some: SiteStores['rim']) => {
      for (const [store, issued] of some) await addToStore(path.join(root, role), store, issued);
    },
    expectReplaced: (node: Node, expected: 'gone' | 'new') =>
      stepRunner(createCertificatesCheckReplaced(c), { expect: expected }, { node, nodes }).attempt(),
    look: async (node: Node) => {
      const { outputs } = await stepRunner(createCheckRenewal(c), input, { node, nodes }).attempt();
      return outputs['checks'] as { id: string; status: string; message: string }[];
    },
    stores: async (node: Node) => (await node.certificates.list()).map(lineOf).sort(),
    /** The Repository Service makes what is missing when it starts. */
    start: async () => {
      await central.services.start('QlikSenseRepositoryService', { timeoutMs: 10_000 });
      await central.services.stop('QlikSenseRepositoryService', { timeoutMs: 10_000 });
    },
  };
}
