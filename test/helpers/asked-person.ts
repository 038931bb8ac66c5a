import type { ActionCollaborators } from '../../src/actions/collaborators.ts';

/** A person who answers every question of a step so, and what was asked; without an answer nobody can be asked. */
export function askedPerson(answer?: boolean | (() => Promise<boolean>)): {
  readonly asked: string[];
  readonly person: ActionCollaborators['person'];
} {
  const asked: string[] = [];
  return {
    asked,
    person: {
      canAsk: answer !== undefined,
      confirm: async (text) => {
        asked.push(text);
        return typeof answer === 'function' ? answer() : answer === true;
      },
    },
  };
}
