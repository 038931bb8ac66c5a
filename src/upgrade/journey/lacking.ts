import type { Stop } from './itinerary.ts';
import type { Settings } from './settings.ts';

/** Asks one question; undefined: nobody answered. */
export type AskValue = (question: string, secret: boolean) => Promise<string | undefined>;

/** Asks for every parameter that hops lack, and gives the answers as settings by the number of the hop. */
export async function askForLacking(stops: readonly Stop[], ask: AskValue): Promise<Settings> {
  const answers: Record<string, string> = {};
  for (const { number, runbook, lacking } of stops)
    for (const { name, description, secret } of lacking) {
      const what = description === undefined ? name : `${name}: ${description}`;
      const answer = (await ask(`Hop ${String(number)}, ${runbook} needs ${what}`, secret))?.trim() ?? '';
      if (answer !== '') answers[`${String(number)}.${name}`] = answer;
    }
  return answers;
}
