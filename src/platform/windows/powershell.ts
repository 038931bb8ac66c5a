import { win32 } from 'node:path';
import type { z } from 'zod';
import { CommandError, ExpectedError, type ErrorDetails } from '../../contract/errors.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { Exec, ExecOptions } from '../../contract/node.ts';

const OUTPUT_BYTES = 32 * 1024 * 1024;

/**
 * A PowerShell script said that it could not do its work. Decide by `type` (the .NET type of the error) and `hresult`
 * (`0x8009000B`, upper case, where the script tells it): the message is in the language of that Windows.
 */
export class PowerShellError extends ExpectedError {
  readonly type: string;
  readonly hresult: string | undefined;

  constructor(message: string, type: string, details: ErrorDetails & { readonly hresult?: string } = {}) {
    super(message, details);
    this.type = type;
    this.hresult = details.hresult;
  }
}

/** Runs the fixed scripts of `templates/powershell`, which the build puts together in `dist/powershell`. */
export interface PowerShell {
  /**
   * Runs `<script>.ps1` with `input` as JSON on its stdin, where secrets may stand, and gives the value it answers.
   * @throws PowerShellError when the script says so, CommandError, TimeLimitError or the signal's reason
   */
  run(script: string, input: JsonObject, options: PowerShellOptions): Promise<JsonValue>;
}

/** Limits of one script. */
type PowerShellOptions = Pick<ExecOptions, 'signal' | 'onSpawn'> & { readonly timeoutMs: number };

/** The argument list of a shipped script; `folder` is where the scripts are. */
function scriptCommand(folder: string, script: string): string[] {
  // A policy of the domain may still forbid scripts; -File is told what to run by its path, and takes no text of ours.
  const flags = ['-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'];
  return ['powershell.exe', ...flags, '-File', win32.join(folder, `${script}.ps1`)];
}

/** Windows PowerShell 5.1 of this machine. */
export function createPowerShell({
  exec,
  folder,
}: {
  readonly exec: Exec;
  /** Where the scripts are. */
  readonly folder: string;
}): PowerShell {
  return {
    async run(script, input, options) {
      const argv = scriptCommand(folder, script);
      const how = { ...options, input: asciiJson(input), maxOutputBytes: OUTPUT_BYTES };
      try {
        return answerOf(script, (await exec(argv, how)).stdout);
      } catch (error) {
        if (!(error instanceof CommandError) || !isPolicy(error)) throw error;
        throw new PowerShellError(`PowerShell may not run the script ${script}.ps1.`, 'ExecutionPolicy', {
          hint: 'A group policy forbids scripts ("Turn on Script Execution"). Allow them for this server, or sign the scripts of this program.',
          cause: error,
        });
      }
    },
  };
}

/**
 * The value of a script as `schema` has it. `doing` begins the message: `the certificates cannot be listed`.
 * @throws PowerShellError when it is something else: on a Windows nobody tried, that must not look like a bug of the site
 */
export function readAnswer<T>(schema: z.ZodType<T>, answer: JsonValue, doing: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new PowerShellError(`${doing}: the answer of PowerShell was not understood`, 'NotUnderstood', {
    hint: 'Report it with the version of Windows and of PowerShell ($PSVersionTable).',
    cause: parsed.error,
  });
}

/** JSON in ASCII alone: a Windows console reads and writes in its own code page. */
export function asciiJson(value: JsonValue): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * The value in what a script printed: its last line is `{"ok":true,"value":...}` or
 * `{"ok":false,"message","type","hresult"}`.
 * @throws PowerShellError for the second, and when there is neither
 */
export function answerOf(script: string, stdout: string): JsonValue {
  const answer = parseAnswer(stdout.trim().split(/\r?\n/).at(-1) ?? '');
  if (answer?.['ok'] === true) return answer['value'] ?? null;
  const { message, type, hresult } = answer ?? {};
  if (answer?.['ok'] === false && typeof message === 'string')
    throw new PowerShellError(
      message,
      typeof type === 'string' ? type : '',
      typeof hresult === 'string' ? { hresult } : {},
    );
  throw new PowerShellError(`The script ${script}.ps1 gave no answer.`, 'NoAnswer', {
    hint: `Run it by hand to see why: powershell.exe -File ${script}.ps1, with {} on its input.`,
  });
}

/** Undefined: the line is no answer of ours, but something that a module or a profile printed. */
function parseAnswer(line: string): JsonObject | undefined {
  try {
    const parsed = JSON.parse(line) as JsonValue;
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** `PSSecurityException` and `UnauthorizedAccess` are names, and stay as they are in every language. */
function isPolicy({ stderr }: CommandError): boolean {
  return /PSSecurityException|SecurityError.*UnauthorizedAccess/s.test(stderr);
}
