import type { ExecuteContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { heardWords, type Heard } from './bootstrap-conversation.ts';
import type { BootstrapMode } from './bootstrap-rules.ts';
import type { ActionCollaborators } from './collaborators.ts';

/** Where to look when it did not go well. */
export const LOOK =
  'Look into %ProgramData%\\Qlik\\Sense\\Log\\Repository\\Trace on that server, at its newest files. Running it again does no harm: `sense-runbook resume`.';

/** Asked when the bootstrap came to its end, and said lines with ERROR or FATAL on the way. */
export const ASK_ABOUT_LINES: HumanOperation = {
  kind: 'human',
  text: 'Read these lines of repository.exe, which came to its end all the same. Do they do no harm, so that this is to go on?',
  effect: 'read',
  // Asked only where there are such lines.
  repeat: true,
};

/** What a plan says of that question. */
export const ASK_NOTE =
  'A person is asked only where repository.exe comes to its end and said lines with ERROR or FATAL; without a terminal such lines are a failure.';

const HARMLESS =
  'Look at these lines, and into %ProgramData%\\Qlik\\Sense\\Log\\Repository\\Trace on that server, at its newest files. If they do no harm: `sense-runbook resume` on a terminal runs it again and asks whether to go on.';

/**
 * It came to its end: but did it do what it was to do? Lines with ERROR or FATAL may be harmless, which only a person can say.
 * @throws StepError when it was not done, or when nobody says that its lines do no harm
 */
export async function judgeHeard(
  c: Pick<ActionCollaborators, 'person'>,
  heard: Heard,
  given: { readonly mode: BootstrapMode; readonly 'on-errors': 'fail' | 'warn' },
  context: ExecuteContext,
): Promise<void> {
  const { name } = context.node;
  const reported = reportedWords(heard);
  const restores = given.mode === 'restore-host-name';
  if (restores && !(heard.startup && heard.terminated))
    throw new StepError(
      [`${name}: repository.exe ended before it was done. ${heardWords(heard)}`, ...reported].join('\n'),
      { hint: LOOK },
    );
  const ended = endWords(heard);
  const message = `${name}: ${reported.join('\n')}`;
  const judged = heard.fatal.length > 0 || given['on-errors'] === 'fail';
  if (reported.length > 0) {
    if (judged) {
      if (!heard.terminated) throw new StepError(message, { hint: LOOK });
      if (!(await sayHarmless(c, [message, ...ended].join('\n'), context)))
        throw new StepError(message, { hint: HARMLESS });
    }
    context.warn(message, LOOK);
  }
  for (const words of ended) context.warn(`${name}: ${words}`, heard.terminated ? undefined : LOOK);
}

/** False also where nobody can be asked, or the run was planned before there was a question. */
async function sayHarmless(
  { person }: Pick<ActionCollaborators, 'person'>,
  lines: string,
  context: ExecuteContext,
): Promise<boolean> {
  if (!person.canAsk || !context.isPlanned(ASK_ABOUT_LINES)) return false;
  const text = [lines, '', ASK_ABOUT_LINES.text].join('\n');
  return context.perform(ASK_ABOUT_LINES, (signal) => person.confirm(text, signal));
}

function reportedWords({ fatal, errors }: Heard): string[] {
  return [
    ...(fatal.length > 0 ? [`repository.exe reported fatal errors:\n${fatal.join('\n')}`] : []),
    ...(errors.length > 0 ? [`repository.exe reported errors:\n${errors.join('\n')}`] : []),
  ];
}

/** What was unusual about its end. */
function endWords(heard: Heard): string[] {
  return [
    ...(heard.terminated
      ? []
      : [`repository.exe ended without saying "Bootstrap mode has terminated". ${heardWords(heard)}`]),
    ...(heard.endedItself
      ? []
      : ['repository.exe went on after ENTER and was ended; it had said that it was done.']),
  ];
}
