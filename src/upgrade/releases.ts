import type { Confidence } from './types.ts';

/** A release as the table below knows it. */
export interface Release {
  /** As the vendor writes it. */
  readonly name: string;
  /** Internal version of the initial release. */
  readonly build?: string;
  /** Where the build is told, which is never the manual. */
  readonly buildSource?: string;
  /** PostgreSQL that a fresh installation brings; an upgrade keeps what is there (manual 3.3, p. 168). */
  readonly postgres?: string;
  /** Where the release is named. */
  readonly source: string;
  readonly confidence: Confidence;
}

const TENABLE = 'a public vulnerability check (Tenable) that lists builds';
const ADVISORY = 'https://github.com/advisories/GHSA-8qvr-jr3j-p3rg';
const ANONYMOUS = 'a public file without a name; weak';
const LISTED = 'named in public lists of releases';

/**
 * Every release in order, oldest first. The order is what counts: builds are compared nowhere. From May 2024 on there are only
 * releases of May and November.
 */
export const RELEASES: readonly Release[] = [
  { name: '3.0', postgres: '9.3', source: LISTED, confidence: 'C' },
  { name: '3.1', postgres: '9.3', source: '3.3, p. 165 ("3.1 SR1 and earlier")', confidence: 'A' },
  { name: '3.1 SR1', postgres: '9.3', source: '3.3, p. 165', confidence: 'A' },
  { name: '3.1 SR2', postgres: '9.3', source: '2.11, p. 159', confidence: 'A' },
  { name: '3.1 SR3', postgres: '9.3', source: '2.11, p. 159 ("3.1 SR2 or later")', confidence: 'C' },
  { name: '3.1 SR4', postgres: '9.3', source: '2.11, p. 159 ("3.1 SR2 or later")', confidence: 'C' },
  { name: '3.1 SR5', postgres: '9.3', source: '2.11, p. 159 ("3.1 SR2 or later")', confidence: 'C' },
  { name: '3.2', postgres: '9.3', source: '5, p. 188 ("3.2.x or earlier")', confidence: 'A' },
  { name: '3.2 SR1', postgres: '9.3', source: '5, p. 188 ("3.2.x or earlier")', confidence: 'C' },
  { name: '3.2 SR2', postgres: '9.3', source: LISTED, confidence: 'C' },
  { name: '3.2 SR3', postgres: '9.3', source: LISTED, confidence: 'C' },
  { name: '3.2 SR4', postgres: '9.3', source: LISTED, confidence: 'C' },
  { name: '3.2 SR5', postgres: '9.3', source: LISTED, confidence: 'C' },
  {
    name: 'June 2017',
    build: '11.11',
    buildSource: ANONYMOUS,
    postgres: '9.6',
    source: '3.3, p. 165',
    confidence: 'A',
  },
  {
    name: 'September 2017',
    build: '11.14',
    buildSource: ANONYMOUS,
    postgres: '9.6',
    source: '3.3, p. 165',
    confidence: 'A',
  },
  {
    name: 'November 2017',
    build: '11.24',
    buildSource: ANONYMOUS,
    postgres: '9.6',
    source: '3.3, p. 165',
    confidence: 'A',
  },
  {
    name: 'February 2018',
    build: '12.5',
    buildSource: 'https://github.com/levi-turner/QlikSenseScripts',
    postgres: '9.6',
    source: 'https://github.com/levi-turner/QlikSenseScripts',
    confidence: 'B',
  },
  { name: 'April 2018', postgres: '9.6', source: LISTED, confidence: 'C' },
  {
    name: 'June 2018',
    build: '12.26.1',
    buildSource: 'https://github.com/eapowertools/qs-telemetry-dashboard/issues/30',
    postgres: '9.6',
    source: 'https://github.com/eapowertools/qs-telemetry-dashboard/issues/30',
    confidence: 'B',
  },
  { name: 'September 2018', postgres: '9.6', source: LISTED, confidence: 'C' },
  { name: 'November 2018', postgres: '9.6', source: LISTED, confidence: 'C' },
  {
    name: 'February 2019',
    build: '13.9',
    buildSource: ANONYMOUS,
    postgres: '9.6',
    source: '4.4, p. 186',
    confidence: 'A',
  },
  {
    name: 'April 2019',
    build: '13.21',
    buildSource: 'https://github.com/rvspt/QlikSenseGovernance/issues/13',
    postgres: '9.6',
    source: '4.4, p. 186',
    confidence: 'A',
  },
  { name: 'June 2019', postgres: '9.6', source: '4.4, p. 186', confidence: 'A' },
  { name: 'September 2019', postgres: '9.6', source: '4.4, p. 186', confidence: 'A' },
  { name: 'November 2019', postgres: '9.6', source: '4.4, p. 186', confidence: 'A' },
  { name: 'February 2020', postgres: '9.6', source: '3.3, p. 166', confidence: 'A' },
  { name: 'April 2020', postgres: '9.6', source: LISTED, confidence: 'C' },
  { name: 'June 2020', postgres: '9.6', source: LISTED, confidence: 'C' },
  {
    name: 'September 2020',
    build: '13.95',
    buildSource: ANONYMOUS,
    postgres: '9.6',
    source: LISTED,
    confidence: 'C',
  },
  {
    name: 'November 2020',
    build: '13.102',
    buildSource: 'https://github.com/ahaydon/Qlik-DSC',
    postgres: '9.6',
    source: '3.3, p. 165',
    confidence: 'A',
  },
  {
    name: 'February 2021',
    build: '14.5',
    buildSource: ANONYMOUS,
    postgres: '9.6',
    source: '3.3, p. 165',
    confidence: 'A',
  },
  {
    name: 'May 2021',
    build: '14.20',
    buildSource: ANONYMOUS,
    postgres: '12.5',
    source: '3.3, p. 168',
    confidence: 'A',
  },
  { name: 'August 2021', postgres: '12.5', source: LISTED, confidence: 'C' },
  {
    name: 'November 2021',
    build: '14.44',
    buildSource: TENABLE,
    postgres: '12.5',
    source: TENABLE,
    confidence: 'B',
  },
  {
    name: 'February 2022',
    build: '14.54.2',
    buildSource: TENABLE,
    postgres: '12.5',
    source: '2.6, p. 144',
    confidence: 'A',
  },
  {
    name: 'May 2022',
    build: '14.67.7',
    buildSource: TENABLE,
    postgres: '12.5',
    source: TENABLE,
    confidence: 'B',
  },
  {
    name: 'August 2022',
    build: '14.78.5',
    buildSource: TENABLE,
    postgres: '12.5',
    source: '3.3, p. 166',
    confidence: 'A',
  },
  {
    name: 'November 2022',
    build: '14.97.3',
    buildSource: TENABLE,
    postgres: '12.5',
    source: '8.8, p. 306',
    confidence: 'A',
  },
  {
    name: 'February 2023',
    build: '14.113',
    buildSource: ADVISORY,
    postgres: '12.5',
    source: ADVISORY,
    confidence: 'B',
  },
  {
    name: 'May 2023',
    build: '14.129',
    buildSource: ADVISORY,
    postgres: '12.5',
    source: '3.3, p. 166',
    confidence: 'A',
  },
  {
    name: 'August 2023',
    build: '14.139',
    buildSource: ADVISORY,
    postgres: '14.8',
    source: '3.3, p. 166',
    confidence: 'A',
  },
  {
    name: 'November 2023',
    build: '14.159',
    buildSource: ANONYMOUS,
    postgres: '14.8',
    source: 'the "August 2023 to November 2024" of 3.3, p. 166',
    confidence: 'C',
  },
  {
    name: 'February 2024',
    build: '14.173',
    buildSource: ANONYMOUS,
    postgres: '14.8',
    source: 'the "August 2023 to November 2024" of 3.3, p. 166',
    confidence: 'C',
  },
  {
    name: 'May 2024',
    build: '14.187',
    buildSource: ANONYMOUS,
    postgres: '14.8',
    source: 'the "August 2023 to November 2024" of 3.3, p. 166',
    confidence: 'C',
  },
  { name: 'November 2024', postgres: '14.8', source: '3.3, p. 166', confidence: 'A' },
  {
    name: 'May 2025',
    build: '14.231',
    buildSource: ANONYMOUS,
    postgres: '14.17',
    source: '3.3, p. 167',
    confidence: 'A',
  },
  {
    name: 'November 2025',
    postgres: '14.17',
    source: 'https://community.qlik.com/t5/Integration-Extension-APIs/td-p/2539417; PostgreSQL is inference',
    confidence: 'C',
  },
  {
    name: 'May 2026',
    postgres: '14.17',
    source: `${LISTED}; PostgreSQL is inference`,
    confidence: 'C',
  },
  {
    name: 'November 2026',
    postgres: '14.17',
    source: 'https://help.qlik.com/en-US/sense-developer/November2026/; PostgreSQL is inference',
    confidence: 'C',
  },
];
