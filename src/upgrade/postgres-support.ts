import type { Confidence } from './types.ts';

/** Which releases may stand on a major version of PostgreSQL. */
export interface PostgresSupport {
  readonly major: string;
  /** First release that is known to work with it. */
  readonly since: string;
  /** Last one; absent: still supported by the newest release that the manual speaks of. */
  readonly until?: string;
  readonly text: string;
  readonly source: string;
  readonly confidence: Confidence;
}

/** One row a statement, oldest PostgreSQL first. What is not here is not known. */
export const POSTGRES_SUPPORT: readonly PostgresSupport[] = [
  {
    major: '9.3',
    since: '3.0',
    until: '3.2 SR5',
    text: 'The PostgreSQL of those days; a release that supports 9.6 migrates the bundled one by itself.',
    source: '2.6, p. 144; version: community.qlik.com ta-p/1713744',
    confidence: 'B',
  },
  {
    major: '9.6',
    since: 'June 2017',
    until: 'May 2022',
    text: 'Bundled until February 2021; an upgrade keeps it.',
    source: '3.3, p. 166; 3.3, p. 168',
    confidence: 'A',
  },
  {
    major: '9.6',
    since: 'August 2022',
    until: 'May 2023',
    text: 'Not supported, yet still used after an upgrade when it is installed locally.',
    source: '3.3, p. 166',
    confidence: 'A',
  },
  {
    major: '12',
    since: 'May 2021',
    text: 'Bundled as 12.5 until May 2023. Setup warns of it from August 2023 on; PostgreSQL.org no longer supports it.',
    source: '3.3, p. 168; 1.3, p. 21',
    confidence: 'A',
  },
  {
    major: '13',
    since: 'May 2025',
    text: 'In the list of May 2025; when it began is not known.',
    source: '1.3, p. 21',
    confidence: 'A',
  },
  {
    major: '14',
    since: 'February 2022',
    text: 'The Qlik PostgreSQL Installer makes 14.17 for February 2022 and later; bundled from August 2023 on.',
    source: '2.6, p. 144; 1.3, p. 21',
    confidence: 'A',
  },
  {
    major: '15',
    since: 'May 2025',
    text: 'In the list of May 2025; the repository role needs all rights on the schema public. When it began is not known.',
    source: '1.3, p. 21; 2.5, p. 140',
    confidence: 'A',
  },
  {
    major: '16',
    since: 'May 2025',
    text: 'In the list of May 2025; the repository role needs all rights on the schema public. When it began is not known.',
    source: '1.3, p. 21; 2.5, p. 140',
    confidence: 'A',
  },
];
