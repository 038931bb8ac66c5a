/** Exit codes of the command line; the one table in README and every `--help` is made from it. */
export const EXIT_CODES = {
  0: 'done; warnings are printed and in the JSON output',
  1: 'failed after something was changed; the message names the run to resume or roll back',
  2: 'usage or configuration error; nothing was changed',
  3: 'a preflight check failed, or a saved plan is stale; nothing was changed',
  4: 'a confirmation was refused or is missing; nothing further was changed',
  5: 'verification failed: a set is damaged, incomplete, too old or does not restore',
  6: 'another run holds the site or the vault, or is unfinished; it is named',
  7: 'the site is not up: services that were running could not be started again',
  8: 'with --strict: done, with warnings',
  75: 'stopped on purpose and to be continued: resume',
  130: 'interrupted by the user; the always-steps have run',
} as const;

/** One of the exit codes of {@link EXIT_CODES}. */
export type ExitCode = keyof typeof EXIT_CODES;

/** What an expected error carries besides its message. */
export interface ErrorDetails {
  /** What to do next: one or a few plain sentences, or a command to type. */
  hint?: string;
  /** What was changed before the failure; absent means nothing was. */
  changed?: string;
  cause?: unknown;
}

/**
 * An error we expect to meet: printed without a stack. Everything else that is thrown is a bug of ours.
 * `exitCode` decides how the process ends.
 */
export class ExpectedError extends Error {
  readonly exitCode: ExitCode = 1;
  readonly hint: string | undefined;
  readonly changed: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
    this.changed = details.changed;
  }
}

/** A step failed after something was changed. */
export class StepError extends ExpectedError {
  override readonly exitCode = 1;
}

/** Wrong words on the command line, or a wrong site file, runbook or secret reference. */
export class UsageError extends ExpectedError {
  override readonly exitCode = 2;
}

/** A preflight check failed, or a saved plan is stale; nothing was changed. */
export class PreflightError extends ExpectedError {
  override readonly exitCode = 3;
}

/** A confirmation was refused, or could not be asked for. */
export class ConfirmationError extends ExpectedError {
  override readonly exitCode = 4;
}

/** A backup set is damaged, incomplete, too old or does not restore. */
export class VerificationError extends ExpectedError {
  override readonly exitCode = 5;
}

/**
 * A complete set did not prove restorable. Whatever was changed on the way there is in order again, so that this
 * stays 5 also in a run that has changed something.
 */
export class NotProvenError extends VerificationError {}

/** Another run holds the site or the vault, or is unfinished. */
export class BusyError extends ExpectedError {
  override readonly exitCode = 6;
}

/** Services that were running could not be started again. */
export class SiteDownError extends ExpectedError {
  override readonly exitCode = 7;
}

/** The run was stopped on purpose and is to be resumed. */
export class StoppedError extends ExpectedError {
  override readonly exitCode = 75;
}

/** The user pressed Ctrl+C, or the process was asked to end. */
export class InterruptedError extends ExpectedError {
  override readonly exitCode = 130;
}

/** A step or a child program ran past its time limit. */
export class TimeLimitError extends ExpectedError {}

/** The Repository Service of a node did not say in time that it runs. */
export class NotReadyError extends TimeLimitError {
  /** True when its port was never reached from here, which says nothing of the service. */
  readonly unreachable: boolean;

  constructor(message: string, unreachable: boolean, details: ErrorDetails = {}) {
    super(message, details);
    this.unreachable = unreachable;
  }
}

/** The repository API could not be asked, or did not answer as it should. */
export class RepositoryApiError extends ExpectedError {}

/** The journal of a run cannot be trusted or cannot be written: nothing that counts on it may go on. */
export class JournalError extends ExpectedError {}

/** Another server could not be reached, or was lost on the way. */
export class UnreachableError extends ExpectedError {}

/** A child program could not be started or ended badly; the fields carry the facts, the message words them. */
export class CommandError extends ExpectedError {
  readonly argv: readonly string[];
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(
    message: string,
    facts: { argv: readonly string[]; code?: number; signal?: string; stdout?: string; stderr?: string },
    details: ErrorDetails = {},
  ) {
    super(message, details);
    this.argv = facts.argv;
    this.code = facts.code;
    this.signal = facts.signal;
    this.stdout = facts.stdout ?? '';
    this.stderr = facts.stderr ?? '';
  }
}

/** A Windows service did not do what it was told; `serviceCode` is the Win32 error (1053, 1058, ...), where known. */
export class ServiceError extends ExpectedError {
  readonly service: string;
  readonly serviceCode: number | undefined;
  /** The service has not taken the order and will not: it stays as it is. Otherwise it may still do it. */
  readonly orderRefused: boolean;

  constructor(
    message: string,
    service: string,
    serviceCode?: number,
    { orderRefused = false, ...details }: ErrorDetails & { readonly orderRefused?: boolean } = {},
  ) {
    super(message, details);
    this.service = service;
    this.serviceCode = serviceCode;
    this.orderRefused = orderRefused;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
