import {
  CommandError,
  ExpectedError,
  messageOf,
  PreflightError,
  TimeLimitError,
  UsageError,
  VerificationError,
} from '../../contract/errors.ts';
import { nameOf, placeOf, type ResticTarget } from './target.ts';

/** There is no repository at that place, and the place itself can be reached. */
export class MissingRepositoryError extends PreflightError {}

/** What to do about a repository that held sets and is missing: it is never made anew by itself. */
export const GONE_HINT =
  'Look whether the disk is connected, or the bucket the right one. To begin a new one there, make it by hand: restic init.';

/** Another restic has the repository to itself. */
export class LockedRepositoryError extends PreflightError {}

/** The repository answers, and has no such snapshot. */
export class NoSnapshotError extends VerificationError {}

/** Exit codes of restic 0.17 and newer; older ones end with 1 for everything. */
const NO_REPOSITORY = 10;
const LOCKED = 11;
const WRONG_PASSWORD = 12;

/** "unable to open config file" is said of every failure; only these mean that the place answers and has none. */
const ABSENT =
  /unable to open config file:.*(no such file or directory|cannot find the (file|path)|file does not exist|specified (key|bucket|container|blob) does not exist|(404|not found)\b.*$)/im;

/** An expected error that says what restic's failure means; anything that is no failure of the program as it came. */
export function wordFailure(target: ResticTarget, error: unknown): unknown {
  if (error instanceof TimeLimitError)
    return new ExpectedError(`${capital(nameOf(target))}: ${messageOf(error)}`, {
      hint: `Look whether ${placeOf(target)} can be reached and how fast; "timeout" in the site file gives it more time.`,
      cause: error,
    });
  if (!(error instanceof CommandError)) return error;
  const where = `${nameOf(target)} (${placeOf(target)})`;
  if (error.code === undefined && error.signal === undefined)
    return new UsageError(
      `The program ${target.program}, which ${nameOf(target)} needs, cannot be started.`,
      {
        hint: 'Install restic (Debian: apt-get install restic; Windows: winget install restic.restic), or set "program" in the site file.',
        cause: error,
      },
    );
  const text = error.stderr;
  if (error.code === WRONG_PASSWORD || /wrong password or no key found/.test(text))
    return new UsageError(`The password of ${where} is wrong.`, {
      hint: 'Look at "password" of that repository in the site file. Without the right one nobody can read what is in it.',
      cause: error,
    });
  if (error.code === LOCKED || /repository is already locked|unable to create lock/.test(text))
    return new LockedRepositoryError(`${capital(where)} is locked by another restic: ${saidBy(text)}`, {
      hint: 'Wait until that one is done. A lock that was left behind is removed by itself after 30 minutes, or when its process of this host is gone.',
      cause: error,
    });
  if (/no snapshot found|no matching ID found/.test(text))
    return new NoSnapshotError(`That backup set is not in ${where}.`, {
      hint:
        target.kind === 'copy'
          ? `List what is there with "sense-runbook backups --copy ${target.name}".`
          : 'List what is there with "sense-runbook backups".',
      cause: error,
    });
  if (error.code === NO_REPOSITORY || ABSENT.test(text))
    return new MissingRepositoryError(`There is no restic repository at ${placeOf(target)}.`, {
      hint: 'The next backup makes it. If there was one: look whether the disk or the bucket is the right one.',
      cause: error,
    });
  return new PreflightError(`${capital(where)} cannot be used: ${saidBy(text)}`, {
    hint: 'Look whether it can be reached from this machine, and whether its keys are right.',
    cause: error,
  });
}

/** The line that tells, without restic's own beginning. */
function saidBy(stderr: string): string {
  const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== '');
  const line = lines.find((one) => /^Fatal: /.test(one)) ?? lines.at(-1) ?? 'restic said nothing';
  return line.replace(/^Fatal: /, '').trim();
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
