import { UsageError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Plan } from '../contract/plan.ts';
import { canBeHidden, TOO_SHORT_A_SECRET } from '../foundation/redaction.ts';

/** How a plan shows the value of a secret parameter. */
const HIDDEN = '***';

/**
 * Secret parameters are in no file, so a run that is resumed needs them again; everything else stays as it was planned.
 * @throws UsageError when one is missing, or another parameter is given.
 */
export function checkSecretParams({ params }: Pick<Plan, 'params'>, given: JsonObject): void {
  const secret = Object.keys(params).filter((name) => params[name] === HIDDEN);
  const other = Object.keys(given).find((name) => !secret.includes(name));
  if (other !== undefined)
    throw new UsageError(`--set ${other}: only secret parameters can be given again`, {
      hint: 'A resumed run keeps its parameters. For others, begin a new run.',
    });
  const short = secret.find((name) => typeof given[name] === 'string' && !canBeHidden(given[name]));
  if (short !== undefined) throw new UsageError(`--set ${short}: ${TOO_SHORT_A_SECRET}`);
  const missing = secret.filter((name) => !Object.hasOwn(given, name));
  if (missing.length > 0)
    throw new UsageError(
      `secret parameters are in no file and have to be given again: ${missing.join(', ')}`,
      {
        hint: `Add ${missing.map((name) => `--set ${name}=VALUE`).join(' ')}.`,
      },
    );
}
