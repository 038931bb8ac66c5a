import type { HopContext } from './hop.ts';
import { releaseName, toReason } from './hop.ts';
import { brokenRules } from './reasons.ts';
import { PATH_RULES } from './rules/path.ts';
import { WAYS_BACK } from './rules/ways-back.ts';
import { findPath, type Search } from './search.ts';
import type { Blocker } from './types.ts';

/** Why there is no path: each rule without which there would be one, or those that the straight way breaks. */
export function findBlockers(search: Search, context: HopContext): Blocker[] {
  const { start, goal } = search;
  if (goal.release < start.release) {
    const { id, source, confidence } = WAYS_BACK.upgrade;
    const text = `${releaseName(goal.release)} is older than ${releaseName(start.release)}, and setup refuses a downgrade (-4).`;
    const opens = `Restore a backup that was made on ${releaseName(goal.release)}, with that release installed anew.`;
    return [{ rule: id, text, source, confidence, opens }];
  }
  const alone = PATH_RULES.filter(
    (rule) =>
      findPath({
        ...search,
        forbids: PATH_RULES.filter((other) => other !== rule).flatMap(({ forbids }) => forbids),
      }) !== undefined,
  );
  const after = { ...start, release: goal.release, patch: 'none' as const, uninstalled: false };
  const kind = start.uninstalled ? 'upgrade-after-uninstall' : 'upgrade';
  const rules = alone.length > 0 ? alone : brokenRules({ kind, before: start, after }, context);
  return rules.map((rule) => ({ ...toReason(rule), opens: rule.opens }));
}
