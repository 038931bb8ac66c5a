import { ConfirmationError } from '../../contract/errors.ts';
import type { Demand } from '../types.ts';
import { HOP_RUNBOOKS } from './hop-runbooks.ts';
import type { Stop } from './itinerary.ts';
import type { JourneyCollaborators } from './ports.ts';
import type { JourneyAnswer } from './record.ts';

/** What a person has to do or to know before a hop or after it; what its run leads through is said there. */
export function demandsOf(
  { hop, params }: Pick<Stop, 'hop' | 'params'>,
  phase: 'before' | 'after',
): Demand[] {
  const led = new Set(HOP_RUNBOOKS[hop.kind].leads?.(params));
  return hop[phase].filter(({ by, rule }) => by === 'human' && !led.has(rule));
}

/**
 * Shows what a person has to have done before a hop, and has it confirmed, each by itself. Undefined where there is nothing.
 * @throws ConfirmationError when one is not done, or nobody can be asked and no flag said so
 */
export async function confirmDemands(
  stop: Stop,
  c: Pick<JourneyCollaborators, 'tell' | 'canAsk' | 'confirm' | 'confirmed' | 'side' | 'clock'>,
): Promise<JourneyAnswer | undefined> {
  const { number } = stop;
  const demands = demandsOf(stop, 'before');
  if (demands.length === 0) return undefined;
  c.tell({ type: 'hop-demands', hop: number, demands });
  const how = c.confirmed.has(number) ? 'flag' : 'asked';
  if (how === 'asked') {
    if (!c.canAsk)
      throw new ConfirmationError(
        `hop ${String(number)} demands ${demands.length === 1 ? 'something' : `${String(demands.length)} things`} of a person, and there is no terminal to ask on:\n${demands.map(({ text }) => `  ${text}`).join('\n')}`,
        { hint: `This hop was not begun. Who has done them says so with --confirmed ${String(number)}.` },
      );
    for (const { text } of demands)
      if (!(await c.confirm(`${text} Done?`)))
        throw new ConfirmationError(`not confirmed: ${text}`, {
          hint: 'This hop was not begun. Do it, then give this command again.',
        });
  }
  return { who: c.side.who, at: c.clock.now().toISOString(), how, what: demands.map(({ text }) => text) };
}
