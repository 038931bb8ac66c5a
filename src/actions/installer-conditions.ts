import type { CheckResult } from '../contract/action.ts';
import type { InstallerCall } from '../installers/calls.ts';
import { releaseMonth } from './releases.ts';

/** First release with which the Qlik PostgreSQL Installer works (manual 2.6, p. 144). */
const QPI_SINCE = 2022 * 12 + 1;

/** What a mode asks of the release that is installed besides; empty: it may be run on it. */
export function conditionsOf(mode: InstallerCall['mode'], release: string, host: string): CheckResult[] {
  const failed = (message: string, hint: string): CheckResult => ({
    ...{ id: 'installer-installed', status: 'failed', message: `${host}: ${message}`, hint },
  });
  const isPatched = / Patch \d+$/i.test(release);
  if (mode === 'repair')
    return isPatched
      ? [
          failed(
            `${release} is patched, and only an initial release can be repaired.`,
            'Uninstall the patch first: run uninstall-patch (manual 3.8, p. 174).',
          ),
        ]
      : [];
  if (mode !== 'postgres-upgrade') return [];
  const month = releaseMonth(release);
  return [
    ...(month === undefined || month < QPI_SINCE
      ? [
          failed(
            `the Qlik PostgreSQL Installer works from February 2022 on, and ${release} is installed.`,
            'Upgrade Qlik Sense first: upgrade plan shows the way (manual 2.6, p. 144).',
          ),
        ]
      : []),
    ...(isPatched
      ? [
          failed(
            `${release} is patched, and the Qlik PostgreSQL Installer works on initial releases alone.`,
            'Uninstall the patch first (run uninstall-patch), or upgrade to a later initial release (manual 2.6, p. 145).',
          ),
        ]
      : []),
  ];
}
