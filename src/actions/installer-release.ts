import type { CheckResult } from '../contract/action.ts';
import type { InstallerCall } from '../installers/calls.ts';
import { sameRelease } from './installed-release.ts';
import { installerFailure } from './installer-failure.ts';
import { patchOf, releaseMonth } from './releases.ts';

/** First release with which the Qlik PostgreSQL Installer works (manual 2.6, p. 144). */
const QPI_SINCE = 2022 * 12 + 1;

/** What an installer is to do: `from` must be installed now (empty: whatever is), `to` afterwards (empty: as before). */
interface Way {
  readonly mode: InstallerCall['mode'];
  readonly from: string;
  readonly to: string;
}

/** Whether an installer fits the release that is installed; `release` undefined: none, or more than one. */
export function judgeRelease(
  { mode, from, to }: Way,
  release: string | undefined,
  host: string,
): CheckResult[] {
  const { failed, waiting } = installerFailure(host);
  const id = 'installer-installed';
  if (mode === 'install')
    return release === undefined
      ? []
      : [waiting(id, `${release} is installed already.`, 'Upgrade or repair it, or uninstall it first.')];
  if (mode === 'install-from-dump')
    return release === undefined
      ? []
      : [
          waiting(
            id,
            `${release} is installed, and a dump is only given to setup where Qlik Sense was uninstalled.`,
            'Upgrade it instead: upgrade plan (manual 3.3, p. 164; 3.6, p. 172).',
          ),
        ];
  if (mode === 'postgres-install') return [];
  if (release === undefined)
    return [
      (mode === 'uninstall' ? waiting : failed)(
        id,
        'no release, or more than one, stands in Programs and Features.',
        'Look there: what is installed must be known before it is changed.',
      ),
    ];
  if (to !== '' && sameRelease(release, to))
    return [{ id, status: 'ok', message: `${host} has ${release} already: it is left as it is.` }];
  if (from !== '' && !sameRelease(release, from))
    return [
      failed(id, `${release} is installed, and ${from} was expected.`, 'Plan the way anew: upgrade plan.'),
    ];
  const patched = patchOf(release) > 0 ? forbidsPatches(mode) : undefined;
  if (patched !== undefined)
    return [
      failed(
        id,
        `${release} is installed: ${patched}`,
        'Uninstall the patch first: sense-runbook run uninstall-patch.',
      ),
    ];
  const [now, then] = [releaseMonth(release), releaseMonth(to)];
  if ((mode === 'patch' || mode === 'uninstall-patch') && now !== then)
    return [
      failed(
        id,
        `${release} is installed, and ${to} belongs to another release.`,
        'A patch goes on its own release (manual 8.11, p. 308: -9).',
      ),
    ];
  if (mode !== 'uninstall-patch' && isOlder(to, release))
    return [
      failed(
        id,
        `${release} is installed, which is newer than ${to}.`,
        'An older release comes back only by a restore; patches can be uninstalled (manual 8.11, p. 308: -4, -22).',
      ),
    ];
  if (mode === 'postgres-upgrade' && (now === undefined || now < QPI_SINCE))
    return [
      failed(
        id,
        `the Qlik PostgreSQL Installer works from February 2022 on, and ${release} is installed.`,
        'Upgrade Qlik Sense first: upgrade plan shows the way (manual 2.6, p. 144).',
      ),
    ];
  return [{ id, status: 'ok', message: `${host} has ${release}.` }];
}

/** Whether a release comes before another one, patches of one release included; false where either is no release. */
function isOlder(one: string, other: string): boolean {
  const [month, otherMonth] = [releaseMonth(one), releaseMonth(other)];
  if (month === undefined || otherMonth === undefined) return false;
  return month < otherMonth || (month === otherMonth && patchOf(one) < patchOf(other));
}

/** Why a mode does not go with a patch; undefined: it does. */
function forbidsPatches(mode: InstallerCall['mode']): string | undefined {
  if (mode === 'repair') return 'Repair is disabled while there is a patch (manual 3.8, p. 174).';
  if (mode === 'postgres-upgrade')
    return 'the Qlik PostgreSQL Installer goes with initial releases only (manual 2.6, p. 145).';
  return undefined;
}
