import type { CheckResult } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import { LICENSE_TROUBLES, licenseText } from '../platform/qrs/license.ts';
import { assignmentsText, type LicenseRecord } from '../postgres/license.ts';

/** A license that ends so soon is spoken of. */
const SOON_MS = 30 * 24 * 60 * 60_000;

const APPLY = 'Apply a valid license key in the QMC (License management).';

/** What was found of the license; `license` is undefined where nobody told. */
export interface FoundLicense extends Pick<LicenseRecord, 'assignments'> {
  readonly license: JsonObject | null | undefined;
  /** Why something of it is not known. */
  readonly trouble: readonly string[];
}

/** Judges it. What is not known is no warning: no backup depends on it. */
export function judgeLicense({ license, assignments, trouble }: FoundLicense, now: Date): CheckResult[] {
  const id = 'license';
  const assigned = assignmentsText({ assignments });
  return [
    ...(license === undefined
      ? [
          {
            id,
            status: 'ok' as const,
            message: `Which license the site has was not found out: ${reasonsOf(trouble)}.`,
          },
        ]
      : [licenseCheck(license, now)]),
    {
      id: 'license-assignments',
      status: 'ok',
      message:
        assigned === undefined
          ? 'How many users have access assigned was not found out.'
          : `Access assigned to users: ${assigned}.`,
    },
  ];
}

/** Some are sentences of their own, with their full stop. */
function reasonsOf(trouble: readonly string[]): string {
  return trouble.map((one) => one.replace(/\.$/, '')).join('; ') || 'the repository database does not tell';
}

function licenseCheck(license: JsonObject | null, now: Date): CheckResult {
  const id = 'license';
  if (license === null) return { id, status: 'warning', message: 'The site has no license.', hint: APPLY };
  const message = `The license: ${licenseText(license)}.`;
  const wrong = Object.keys(LICENSE_TROUBLES).some((fact) => license[fact] === true);
  const { validTo } = license;
  const ends = typeof validTo === 'string' ? Date.parse(validTo) : Number.NaN;
  if (wrong || ends - now.getTime() < SOON_MS) return { id, status: 'warning', message, hint: APPLY };
  return { id, status: 'ok', message };
}
