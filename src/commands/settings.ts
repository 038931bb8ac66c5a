import { UsageError } from '../contract/errors.ts';
import type { GivenApprovals } from '../engine/types.ts';

/** Collects the values of a flag that may be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined = []): string[] {
  return [...earlier, value];
}

/** Reads `--set name=value` flags. Values stay text; the runbook's parameter types convert them. */
export function parseSettings(settings: readonly string[] = []): Record<string, string> {
  const params: Record<string, string> = {};
  for (const setting of settings) {
    const at = setting.indexOf('=');
    if (at <= 0)
      throw new UsageError(`--set ${setting} is not NAME=VALUE`, {
        hint: 'For example: --set quiesce=none. "sense-runbook runbooks show NAME" lists the parameters.',
      });
    const name = setting.slice(0, at);
    if (Object.hasOwn(params, name)) throw new UsageError(`--set ${name} is given twice`);
    params[name] = setting.slice(at + 1);
  }
  return params;
}

/** Reads `--approve CLASS[=SITE]` and `--yes`. */
export function parseApprovals(approvals: readonly string[] | undefined, yes: boolean): GivenApprovals {
  let change = yes;
  let destroy: string | undefined;
  for (const approval of approvals ?? []) {
    if (approval === 'change') change = true;
    else if (approval.startsWith('destroy=') && approval.length > 'destroy='.length)
      destroy = approval.slice('destroy='.length);
    else
      throw new UsageError(`--approve ${approval} is not known`, {
        hint: 'Give --approve change, or --approve destroy=SITE with the name of the site.',
      });
  }
  // Whoever lets something be destroyed also lets it be changed.
  return destroy === undefined ? { change } : { change: true, destroy };
}
