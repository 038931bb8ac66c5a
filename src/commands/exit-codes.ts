import { EXIT_CODES, type ExitCode } from '../contract/errors.ts';
import { wrapText } from '../foundation/human.ts';

/** The table of exit codes that ends every help. */
export function exitCodeHelp(): string {
  const lines = Object.entries(EXIT_CODES).flatMap(([code, meaning]) =>
    wrapText(meaning, 73).map((line, index) => `  ${(index === 0 ? code : '').padEnd(5)}${line}`),
  );
  return `\nExit codes:\n${lines.join('\n')}\n`;
}

/** The worse of several exit codes: 7, then 130, 1, 5, then any other failure, then 0. */
export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  const order: readonly ExitCode[] = [7, 130, 1, 5, 2, 3, 4, 6, 75, 8, 0];
  return order.find((code) => codes.includes(code)) ?? 0;
}

/** 0, or with `--strict` 8 when there are warnings. */
export function doneExitCode(strict: boolean, warnings: readonly unknown[]): ExitCode {
  return strict && warnings.length > 0 ? 8 : 0;
}
