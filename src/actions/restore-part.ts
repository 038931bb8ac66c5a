import type { CheckResult } from '../contract/action.ts';

/** What of a set is restored. */
export interface RestorePart {
  readonly only: 'all' | 'databases' | 'share' | 'certificates' | 'config';
  /** One database alone; empty: every one. */
  readonly database: string;
}

/** What a restore of a part means; nothing for the whole of a set. */
export function judgePart({ only, database }: RestorePart): CheckResult[] {
  const id = 'restore-partial';
  if (database !== '' && only !== 'databases')
    return [
      {
        id,
        status: 'failed',
        message: `The database ${database} alone is wanted together with ${only === 'all' ? 'the rest of the set' : only}.`,
        hint: 'One database goes with --only databases.',
      },
    ];
  if (only === 'all') return [];
  return [
    {
      id,
      status: 'warning',
      message: `Only ${database === '' ? only : `the database ${database}`} will be restored: apps and what the databases tell of them may no longer match.`,
      hint: 'Restore all of the set unless you know that the rest is as it was then.',
    },
  ];
}
