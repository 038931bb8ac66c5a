import type { WarningRule } from './rule.ts';

/** What a plan says besides its hops. */
export const WARNING_RULES: readonly WarningRule[] = [
  {
    id: 'postgres-9-6-tolerated',
    text: 'August 2022 to May 2023: PostgreSQL 9.6 is not supported when upgrading. Installed locally it is still used after the upgrade.',
    source: '3.3, p. 166',
    confidence: 'A',
    when: [{ kinds: ['upgrade'], toSince: 'August 2022', toBefore: 'August 2023', postgresBelow: '10' }],
  },
  {
    id: 'postgres-12-warned',
    text: 'From August 2023 on setup warns of a local PostgreSQL 12.5, but upgrades and goes on using it.',
    source: '3.3, p. 166; 3.3, p. 167',
    confidence: 'A',
    when: [
      {
        kinds: ['upgrade'],
        toSince: 'August 2023',
        postgresSince: '12',
        postgresBelow: '13',
        postgresRemote: false,
      },
    ],
  },
  {
    id: 'postgres-kept',
    text: 'Setup goes on using the PostgreSQL that is there, 14.8 as well as 14.17, and does not bring it up to date.',
    source: '3.3, p. 166; 3.3, p. 167',
    confidence: 'A',
    when: [{ kinds: ['upgrade'], toSince: 'August 2023', postgresSince: '13', postgresBelow: '17' }],
  },
  {
    id: 'postgres-not-listed',
    text: 'PostgreSQL 17 and later are not among the supported versions of May 2025 (12 to 16).',
    source: '1.3, p. 21',
    confidence: 'A',
    when: [{ kinds: ['upgrade', 'upgrade-after-uninstall'], postgresSince: '17' }],
  },
  {
    id: 'later-than-the-manual',
    text: 'The plan knows the manual of May 2025. That its rules hold for later releases is inference: read the release notes.',
    source: 'Deploy Qlik Sense Enterprise on Windows, May 2025',
    confidence: 'C',
    when: [{ kinds: ['upgrade', 'upgrade-after-uninstall'], toSince: 'November 2025' }],
  },
  {
    id: 'linux-or-cloud-postgres',
    text: 'Qlik supports the configuration of PostgreSQL only on Windows; on Linux or as a cloud service it is your own.',
    source: '3.3, p. 168',
    confidence: 'A',
    when: [{ postgresKinds: ['managed'] }],
  },
  {
    id: 'uninstalled-standalone',
    text: 'The way of 3.6 is told for the database that Qlik Sense brought. For a server of your own it is inference that a fresh setup joins the databases that are there: ask Qlik Support.',
    source: '3.6, p. 172',
    confidence: 'C',
    when: [{ kinds: ['upgrade-after-uninstall'], postgresKinds: ['qpi', 'standalone', 'managed'] }],
  },
  {
    id: 'session-cookies',
    text: 'November 2024 and later: WebSockets with JWT need a session cookie, and host allow lists exact names. Programs of yours that use them may have to change.',
    source: 'https://community.qlik.com/t5/Integration-Extension-APIs/td-p/2539417',
    confidence: 'B',
    when: [
      {
        kinds: ['upgrade', 'upgrade-after-uninstall'],
        fromBefore: 'November 2024',
        toSince: 'November 2024',
      },
    ],
  },
];
