import type { GivenApprovals, RunSummary } from '../engine/types.ts';
import type { CommandContext, OpenedSite } from './context.ts';
import { note } from './open.ts';

/**
 * Recovers a run that was cut off before a new one begins: at once when nobody watches (no terminal, or approved by
 * flags), else after a question. Refused, nothing happens here, and the engine refuses the new run by name.
 */
export async function recoverFirst(
  context: CommandContext,
  site: OpenedSite,
  unfinished: RunSummary | undefined,
  approvals: GivenApprovals,
): Promise<void> {
  if (unfinished?.outcome !== 'lost') return;
  const unattended = approvals.change || !context.asker.canAsk;
  const wanted =
    unattended ||
    (await context.asker.confirm(
      `Run ${unfinished.id} was cut off. Recover it first (start what it had stopped)?`,
      true,
      context.signal,
    )) === true;
  if (!wanted) return;
  note(context, `recovering run ${unfinished.id} first`);
  const display = await context.startDisplay();
  try {
    const result = await site.engine.recover({ signal: context.signal, hurry: context.hurry });
    if (result?.error !== undefined) note(context, `warning: recovering: ${result.error.message}`);
  } finally {
    await display.finish();
  }
}
