import { UsageError } from '../contract/errors.ts';
import { nearest } from '../foundation/nearest.ts';

/** The error of a runbook that is none of `names`; it names the nearest, or all where none is near. */
export function unknownRunbook(name: string, names: readonly string[]): UsageError {
  const near = nearest(name, names);
  return new UsageError(
    `there is no runbook "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    {
      hint:
        near === undefined && names.length > 0
          ? `There are: ${names.join(', ')}.`
          : '`sense-runbook runbooks` lists them.',
    },
  );
}
