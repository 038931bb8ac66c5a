import type { CheckResult } from '../contract/action.ts';
import { hasVisualCpp2019, type UpgradeFindings, type WindowsFindings } from '../discovery/windows.ts';
import type { Site } from '../site/schema.ts';
import { releaseMonth } from './releases.ts';

/** First release that needs Visual C++ 2019 (manual 3.3, p. 166). */
const VISUAL_CPP_SINCE = 2021 * 12 + 1;
/** The one whose requirements the manual has (1.3, p. 19). */
const MAY_2025 = 2025 * 12 + 4;

const ID = 'windows-requirements';

/**
 * What a server has of what Qlik Sense asks for, in one line, and a warning for what the installed release lacks. What could not
 * be read is left out.
 */
export function requirementChecks(
  { upgrade, release }: Pick<WindowsFindings, 'upgrade' | 'release'>,
  { qlik }: { readonly qlik: Pick<Site['qlik'], 'release'> },
): CheckResult[] {
  const words = told(upgrade);
  if (words.length === 0) return [];
  const name = release ?? qlik.release;
  const month = name === undefined ? undefined : releaseMonth(name);
  const since = (first: number): boolean => month !== undefined && month >= first;
  const missing: [lacks: boolean, message: string, hint: string][] = [
    [
      hasVisualCpp2019(upgrade) === false && since(VISUAL_CPP_SINCE),
      'The Visual C++ 2019 runtime (x64) is not installed.',
      'Install the redistributable package of Visual C++ 2015-2019 or later (manual 3.3, p. 166).',
    ],
    [
      upgrade.avx === false && since(MAY_2025),
      'The processor has no AVX, or the virtual machine hides it.',
      'Let the virtual machine see the Advanced Vector Extensions (manual 1.3, p. 19).',
    ],
    [
      Number.parseInt(upgrade.powerShell ?? '4', 10) < 4,
      `PowerShell is ${upgrade.powerShell ?? ''}.`,
      'Qlik Sense needs 4.0 or later (manual 1.3, p. 20).',
    ],
  ];
  return [
    { id: ID, status: 'ok', message: `${words.join('; ')}.` },
    ...missing.flatMap(([lacks, message, hint]): CheckResult[] =>
      lacks ? [{ id: ID, status: 'warning', message, hint }] : [],
    ),
  ];
}

function told({ windows, visualCpp, powerShell, executionPolicy, avx }: UpgradeFindings): string[] {
  return [
    ...(windows === undefined ? [] : [windows]),
    ...(visualCpp === undefined ? [] : [`Visual C++ runtime ${visualCpp ?? 'none'}`]),
    ...(powerShell === undefined ? [] : [`PowerShell ${powerShell}`]),
    ...(executionPolicy === undefined ? [] : [`execution policy ${policyText(executionPolicy)}`]),
    ...(avx === undefined ? [] : [avx ? 'AVX' : 'no AVX']),
  ];
}

/** Setup runs scripts that are not signed (manual 1.3, p. 20). */
function policyText(policy: string): string {
  if (policy === 'Undefined') return 'not set';
  return /^allsigned$/i.test(policy)
    ? `${policy}, to be lifted while setup runs (manual 1.3, p. 20)`
    : policy;
}
