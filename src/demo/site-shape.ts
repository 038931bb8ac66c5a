import type { InstalledFile } from '../platform/simulated/installed.ts';
import type { SiteNode } from '../site/schema.ts';

/** One server of a simulated site. `services`: only these, by their short names. */
export type ShapeNode = Pick<SiteNode, 'name' | 'host' | 'role' | 'failoverCandidate' | 'services'>;

/** What a simulated site is made like. */
export interface SiteShape {
  readonly name: string;
  /** Exactly one is central. */
  readonly nodes: readonly ShapeNode[];
  /** Name of the node that the database belongs to; absent when it is no node of the site. */
  readonly databaseNode?: string;
  /** What every node has in Programs and Features; absent: that is not simulated, and there are no installers. */
  readonly installed?: Pick<InstalledFile, 'release' | 'patch'>;
}

/** The demo's own site: a central and a rim node. */
export const DEMO_SHAPE: SiteShape = {
  name: 'demo',
  nodes: [
    { name: 'central', host: 'qs1.demo.example', role: 'central', failoverCandidate: false },
    { name: 'rim', host: 'qs2.demo.example', role: 'rim', failoverCandidate: false },
  ],
  databaseNode: 'central',
};
