import { SiteDownError } from '../contract/errors.ts';
import type { GivenApprovals, RunResult, RunSummary } from '../engine/types.ts';
import type { CommandContext, OpenedSite } from './context.ts';
import { finishDisplay } from './execute.ts';
import { note } from './open.ts';

/**
 * Recovers a run that was cut off, or left the site down, before a new one begins: at once when nobody watches (no
 * terminal, or approved by flags), else after a question. Refused, nothing happens here, and the engine refuses the new
 * run by name. @throws SiteDownError when services still do not start.
 */
export async function recoverFirst(
  context: CommandContext,
  site: OpenedSite,
  unfinished: RunSummary | undefined,
  approvals: GivenApprovals,
): Promise<void> {
  if (unfinished?.next.includes('recover') !== true) return;
  const unattended = approvals.change || !context.asker.canAsk;
  const wanted =
    unattended ||
    (await context.asker.confirm(
      `Run ${unfinished.id} ${unfinished.outcome === 'lost' ? 'was cut off' : 'left services down'}. Recover it first (start what it had stopped)?`,
      true,
      context.signal,
    )) === true;
  if (!wanted) return;
  note(context, `recovering run ${unfinished.id} first`);
  const display = await context.startDisplay();
  let result: RunResult | undefined;
  try {
    result = await site.engine.recover({ signal: context.signal, hurry: context.hurry });
  } finally {
    await finishDisplay(context, display);
  }
  if (result?.exitCode === 7) {
    const { message = 'services do not start', hint = '' } = result.error ?? {};
    throw new SiteDownError(`the site is not up: ${message}`, {
      hint: `${hint} No new run was begun; \`sense-runbook recover\` tries again.`.trim(),
      changed: `Run ${unfinished.id} had stopped services.`,
    });
  }
  if (result?.error === undefined) return;
  const said = result.exitCode === 0 ? `recovered run ${unfinished.id}` : 'warning: recovering';
  note(context, `${said}: ${result.error.message}`);
}
