/** A row of the manual's table "Considerations about older versions" (3.3), and the rules that are made of it. */
export interface ManualRow {
  /** First column of the row. */
  readonly versions: string;
  readonly page: number;
  /** Ids of rules, of whatever kind. */
  readonly rules: readonly string[];
}

/** Every row, in the manual's order. */
export const MANUAL_TABLE: readonly ManualRow[] = [
  { versions: '3.1 SR1 and earlier', page: 165, rules: ['june-2017-first'] },
  { versions: 'June 2017 and later', page: 165, rules: ['shared-persistence'] },
  { versions: 'September 2017 and later', page: 165, rules: ['logging-not-in-setup'] },
  { versions: 'November 2017 and later', page: 165, rules: ['soft-deleted-records'] },
  { versions: 'February 2020 and later', page: 166, rules: ['root-certificate'] },
  {
    versions: 'February 2021 and later',
    page: 166,
    rules: ['november-2020-first', 'dot-net-4-8', 'visual-cpp-2019'],
  },
  { versions: 'February 2022 and later', page: 166, rules: ['centralized-logging-gone'] },
  { versions: 'August 2022 to May 2023', page: 166, rules: ['postgres-9-6-tolerated'] },
  {
    versions: 'August 2023 to November 2024',
    page: 166,
    rules: ['postgres-9-6-blocks', 'postgres-12-warned', 'postgres-kept'],
  },
  {
    versions: 'May 2025 and later',
    page: 167,
    rules: ['postgres-9-6-blocks', 'postgres-12-warned', 'postgres-kept'],
  },
];
