import type { CheckResult } from '../contract/action.ts';

type Failure = (id: string, message: string, hint: string) => CheckResult;

/** How checks of an installer fail on a node; `waiting`: a run that goes on stops for it by itself, or has made it so. */
export function installerFailure(host: string): { readonly failed: Failure; readonly waiting: Failure } {
  const failed: Failure = (id, message, hint) => ({
    ...{ id, status: 'failed', message: `${host}: ${message}`, hint },
  });
  return { failed, waiting: (...words) => ({ ...failed(...words), beforehand: true }) };
}
