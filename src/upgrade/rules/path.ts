import type { PathRule } from './rule.ts';

const SETUP = ['upgrade', 'upgrade-after-uninstall'] as const;
const NOT_BUNDLED = ['qpi', 'standalone', 'managed'] as const;

/** Rules that close a way. Nothing else does. */
export const PATH_RULES: readonly PathRule[] = [
  {
    id: 'june-2017-first',
    text: 'Qlik Sense 3.1 SR1 and earlier must upgrade to June 2017 before any later release.',
    source: '3.3, p. 165',
    confidence: 'A',
    forbids: [
      { kinds: SETUP, fromBefore: '3.1 SR2', toSince: 'September 2017' },
      // No way around it by 3.1 SR2 or 3.2.
      {
        kinds: SETUP,
        fromBefore: '3.1 SR2',
        toSince: '3.1 SR2',
        toBefore: 'June 2017',
        goalSince: 'June 2017',
      },
    ],
    opens: 'A stop at June 2017.',
  },
  {
    id: 'november-2020-first',
    text: 'February 2021 and later: must upgrade to November 2020 first.',
    source: '3.3, p. 166',
    confidence: 'A',
    forbids: [{ kinds: SETUP, fromBefore: 'November 2020', toSince: 'February 2021' }],
    opens: 'A stop at November 2020.',
  },
  {
    id: 'postgres-9-6-blocks',
    text: 'From August 2023 on setup does not proceed with PostgreSQL 9.6 installed locally: upgrade PostgreSQL first.',
    source: '3.3, p. 166; 3.3, p. 167',
    confidence: 'A',
    forbids: [
      { kinds: ['upgrade'], toSince: 'August 2023', postgresBelow: '10', postgresRemote: false },
      {
        kinds: ['upgrade-after-uninstall'],
        toSince: 'August 2023',
        postgresBelow: '10',
        postgresRemote: false,
        postgresKinds: NOT_BUNDLED,
      },
    ],
    opens: 'PostgreSQL 14, by the Qlik PostgreSQL Installer when it is bundled, else by dump and restore.',
  },
  {
    id: 'postgres-9-6-unsupported',
    text: 'From August 2023 on PostgreSQL 9.6 is not supported when upgrading. Setup is said to stop only for a local one; that a remote one comes first, too, is inference.',
    source: '3.3, p. 166',
    confidence: 'C',
    forbids: [{ kinds: SETUP, toSince: 'August 2023', postgresBelow: '10', postgresRemote: true }],
    opens: 'PostgreSQL 14 on the database server, by dump and restore.',
  },
  {
    id: 'postgres-too-old',
    text: 'PostgreSQL 10 and 11 are in no list of supported versions (12 to 16 at May 2025); that they have to go before August 2023 is inference.',
    source: '1.3, p. 21',
    confidence: 'C',
    forbids: [
      { kinds: ['upgrade'], toSince: 'August 2023', postgresSince: '10', postgresBelow: '12' },
      {
        kinds: ['upgrade-after-uninstall'],
        toSince: 'August 2023',
        postgresSince: '10',
        postgresBelow: '12',
        postgresKinds: NOT_BUNDLED,
      },
    ],
    opens: 'PostgreSQL 14, by dump and restore.',
  },
  {
    id: 'postgres-9-3-standalone',
    text: 'Only the bundled PostgreSQL 9.3 is migrated by setup; that another one has to be moved to 9.6 before June 2017 is inference.',
    source: '2.6, p. 144',
    confidence: 'C',
    forbids: [{ kinds: SETUP, toSince: 'June 2017', postgresBelow: '9.6', postgresKinds: NOT_BUNDLED }],
    opens: 'PostgreSQL 9.6, by dump and restore, before the upgrade.',
  },
  {
    id: 'postgres-9-3-gone',
    text: 'Setup of June 2017 and later brings a bundled PostgreSQL 9.3 to 9.6: that such a site still has 9.3 cannot be, which is inference.',
    source: '2.6, p. 144',
    confidence: 'C',
    forbids: [{ kinds: ['upgrade'], fromSince: 'June 2017', postgresBelow: '9.6' }],
    opens:
      'Another look: SELECT version(); on the database of the site tells which version it is. Then plan with --postgres VERSION.',
  },
  {
    id: 'qpi-release',
    text: 'The Qlik PostgreSQL Installer only supports February 2022 and later.',
    source: '2.6, p. 144',
    confidence: 'A',
    forbids: [{ kinds: ['postgres-qpi'], fromBefore: 'February 2022' }],
    opens: 'A stop at a release from February 2022 on.',
  },
  {
    id: 'qpi-initial',
    text: 'The Qlik PostgreSQL Installer goes with initial releases: uninstall all patches first, or upgrade to the initial release of a later one.',
    source: '2.6, p. 145',
    confidence: 'A',
    forbids: [{ kinds: ['postgres-qpi'], patched: true }],
    opens: 'Uninstalling the patches, or a later initial release.',
  },
  {
    id: 'qpi-bundled',
    text: 'The Qlik PostgreSQL Installer upgrades a bundled database of 9.6 or 12.5; it does not detect one that was installed otherwise.',
    source: '2.6, p. 144; 2.6, p. 145',
    confidence: 'A',
    forbids: [
      { kinds: ['postgres-qpi'], postgresKinds: NOT_BUNDLED },
      { kinds: ['postgres-qpi'], postgresBelow: '9.6' },
      { kinds: ['postgres-qpi'], postgresSince: '9.7', postgresBelow: '12' },
      { kinds: ['postgres-qpi'], postgresSince: '13' },
    ],
    opens: 'Dump and restore into a PostgreSQL server of your own.',
  },
  {
    id: 'standalone-target',
    text: 'A PostgreSQL of your own is moved by dump and restore: to 14 from February 2022 on (the first release that is known to work with it), from 9.3 to 9.6 before June 2017; the bundled one is moved by the installers.',
    source: '2.6, p. 144; 3.3, p. 166',
    confidence: 'C',
    forbids: [
      { kinds: ['postgres-standalone'], postgresKinds: ['bundled'] },
      { kinds: ['postgres-standalone'], postgresSince: '9.6', fromBefore: 'February 2022' },
      { kinds: ['postgres-standalone'], postgresBelow: '9.6', fromSince: 'June 2017' },
    ],
    opens: 'A stop at a release from February 2022 on.',
  },
  {
    id: 'windows-too-old',
    text: 'May 2025 needs Windows Server 2016 or later (Windows 10 or 11 for development and tests).',
    source: '1.3, p. 19',
    confidence: 'A',
    forbids: [{ kinds: SETUP, toSince: 'May 2025', fact: 'windows-too-old' }],
    opens:
      'A supported Windows: upgrade it, or restore the site on a new machine first ("restore --new-host").',
  },
];
