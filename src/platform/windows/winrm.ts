import { UnreachableError } from '../../contract/errors.ts';
import { answerOf, asciiJson, PowerShellError, type PowerShell } from './powershell.ts';

const OPEN_LIMIT_MS = 30_000;
// Time for the way there and back, besides the work itself.
const WAY_MS = 60_000;

/** How WinRM of a server is reached, where it is not the usual way. */
export interface WinrmOptions {
  readonly port?: number;
  readonly useSsl?: boolean;
}

/** How one would run a script of that name there by hand. */
export function typedWinrm(
  computer: string,
  { port, useSsl = false }: WinrmOptions,
  script: string,
): string[] {
  return [
    ...['powershell.exe', '-Command', 'Invoke-Command', '-ComputerName', computer],
    ...(port === undefined ? [] : ['-Port', String(port)]),
    ...(useSsl ? ['-UseSSL'] : []),
    ...['-FilePath', `${script}.ps1`],
  ];
}

/**
 * Windows PowerShell of another server by `Invoke-Command`, from this Windows machine and as this account. Its scripts
 * run there with the same input and give the same answer. @throws UnreachableError besides.
 */
export function createWinrmPowerShell(
  options: WinrmOptions & { readonly powershell: PowerShell; readonly computer: string },
): PowerShell {
  const { powershell, computer, port, useSsl = false } = options;
  return {
    async run(script, input, limits) {
      const request = {
        computer,
        script,
        json: asciiJson(input),
        useSsl,
        port: port ?? null,
        openMs: OPEN_LIMIT_MS,
      };
      const answer = await powershell
        .run('invoke-remote', request, { ...limits, timeoutMs: limits.timeoutMs + WAY_MS })
        .catch((error: unknown) => {
          throw isTransport(error) ? lost(computer, error) : error;
        });
      return answerOf(script, typeof answer === 'string' ? answer : '');
    },
  };
}

function isTransport(error: unknown): error is PowerShellError {
  return error instanceof PowerShellError && /\.PSRemoting\w*Exception$/.test(error.type);
}

function lost(computer: string, error: PowerShellError): UnreachableError {
  return new UnreachableError(`${computer} does not answer over WinRM: ${error.message}`, {
    hint: `Try "Test-WSMan ${computer}" here, and "Enable-PSRemoting" there. This account must be an administrator of that server. An address instead of a name needs TrustedHosts.`,
    cause: error,
  });
}
