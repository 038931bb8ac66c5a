import type { HopKind } from '../types.ts';
import type { CitedRule } from './rule.ts';

/** How a hop is taken back. */
export interface WayBack extends CitedRule {
  /** After what only a restore of the backup is left; null when there is another way throughout. */
  readonly pointOfNoReturn: string | null;
}

const RESTORE = 'only a restore of the backup made before it brings the old release back';

/** One for every kind of hop. */
export const WAYS_BACK: Readonly<Record<HopKind, WayBack>> = {
  upgrade: {
    id: 'no-downgrade',
    text: `Setup refuses a downgrade (-4): ${RESTORE}, with the old release installed anew. That this is the way is inference.`,
    source: '8.11, p. 308; 5.7, p. 210',
    confidence: 'C',
    pointOfNoReturn: 'setup begins on the central node',
  },
  'uninstall-patch': {
    id: 'patches-cumulative',
    text: 'Install the newest patch again: patches are cumulative.',
    source: '3.7, p. 173',
    confidence: 'A',
    pointOfNoReturn: null,
  },
  patch: {
    id: 'patch-uninstalls',
    text: 'Uninstall the patch, which leaves the initial release; an older patch is installed after that.',
    source: '3.7, p. 173; 3.7, p. 174',
    confidence: 'A',
    pointOfNoReturn: null,
  },
  'postgres-qpi': {
    id: 'qpi-no-rollback',
    text: 'The Qlik PostgreSQL Installer has no rollback: restore the backup made before it.',
    source: '2.6, p. 145',
    confidence: 'A',
    pointOfNoReturn: 'the Qlik PostgreSQL Installer begins to upgrade',
  },
  'postgres-standalone': {
    id: 'standalone-way-back',
    text: 'Stop the services, give the old server its host and port back, and start. What was written since is lost with it.',
    source: 'the tool\'s own rule: the old server is kept until "cleanup"',
    confidence: 'C',
    pointOfNoReturn: '"cleanup" removes the old server',
  },
  'upgrade-after-uninstall': {
    id: 'uninstalled-way-back',
    text: 'Uninstall and begin anew: the copied data folder and the dump are only read.',
    source: '3.6, p. 172',
    confidence: 'C',
    pointOfNoReturn: null,
  },
};
