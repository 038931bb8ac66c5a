import type { AdviceRule } from './rule.ts';

/** What the manual advises and does not force. */
export const ADVICE_RULES: readonly AdviceRule[] = [
  {
    id: 'february-2021-advised',
    title: 'February 2021 after November 2020',
    text: 'The manual\'s example for February 2021: "you should first upgrade to the version before the change, in this case Qlik Sense Enterprise November 2020, then upgrade to the version with the major change. Doing this will reduce the likelihood of encountering errors during the upgrade."',
    source: '3.3, p. 165',
    confidence: 'A',
    against: [{ kinds: ['upgrade'], fromBefore: 'February 2021', toSince: 'May 2021' }],
  },
  {
    id: 'latest-before-qpi',
    title: 'the latest release before the Qlik PostgreSQL Installer',
    text: 'The manual, twice: "It\'s recommended that you upgrade to the latest supported version of Qlik Sense before using the QPI" (p. 144), and "It is required to first upgrade Qlik Sense to the latest supported version with QPI" (p. 146). For PostgreSQL 9.6 that is May 2023, since setup of August 2023 does not proceed with it.',
    source: '2.6, p. 144; 2.6, p. 146',
    confidence: 'A',
    against: [
      { kinds: ['postgres-qpi'], fromBefore: 'May 2023', beforeGoal: true, postgresBelow: '10' },
      { kinds: ['postgres-qpi'], beforeGoal: true, postgresSince: '10' },
    ],
  },
  {
    id: 'june-2017-for-synchronized',
    title: 'June 2017 for the change to shared persistence',
    text: "June 2017 and later support only shared persistence. To make that change at June 2017 itself follows the manual's general advice (the version with the major change first); for this change it is inference.",
    source: '3.3, p. 165',
    confidence: 'C',
    against: [
      { kinds: ['upgrade'], fromBefore: 'June 2017', toSince: 'September 2017', fact: 'synchronized' },
    ],
  },
  {
    id: 'leave-postgres-9-6',
    title: 'PostgreSQL 9.6 is left behind',
    text: 'PostgreSQL 9.6 is not supported from August 2022 on (and by PostgreSQL.org no longer at all), though it still works until May 2023.',
    source: '3.3, p. 166; 2.6, p. 143',
    confidence: 'A',
    against: [],
    leaves: { postgres: ['9.6'], toSince: 'August 2022' },
  },
  {
    id: 'leave-postgres-12',
    title: 'PostgreSQL 12 is left behind',
    text: 'The bundled PostgreSQL 12.5 is not recommended (setup warns), and 12 is no longer supported by PostgreSQL.org.',
    source: '1.3, p. 21',
    confidence: 'A',
    against: [],
    leaves: { postgres: ['12'], toSince: 'August 2023' },
  },
];
