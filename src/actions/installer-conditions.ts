import type { CheckResult } from '../contract/action.ts';
import type { InstallerCall } from '../installers/calls.ts';
import { releaseMonth } from './releases.ts';

/** First release with which the Qlik PostgreSQL Installer works (manual 2.6, p. 144). */
const QPI_SINCE = 2022 * 12 + 1;

/** What a mode asks of the release that is installed, its patch aside; empty: it may be run on it. */
export function conditionsOf(mode: InstallerCall['mode'], release: string, host: string): CheckResult[] {
  const month = releaseMonth(release);
  if (mode !== 'postgres-upgrade' || (month !== undefined && month >= QPI_SINCE)) return [];
  return [
    {
      id: 'installer-installed',
      status: 'failed',
      message: `${host}: the Qlik PostgreSQL Installer works from February 2022 on, and ${release} is installed.`,
      hint: 'Upgrade Qlik Sense first: upgrade plan shows the way (manual 2.6, p. 144).',
    },
  ];
}
