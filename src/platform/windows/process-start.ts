import * as z from 'zod';
import type { StartOf } from '../process/identity.ts';
import { readAnswer, type PowerShell } from './powershell.ts';

const LIMIT_MS = 20_000;

const answer = z.string().regex(/^\d+$/).nullable();

/** When a process of this Windows machine was started: 100 ns ticks since 1601. */
export function createWindowsStart(powershell: PowerShell): StartOf {
  return async (pid) => {
    const told = await powershell.run('process-start', { pid }, { timeoutMs: LIMIT_MS });
    return (
      readAnswer(answer, told, `when the process ${String(pid)} was started cannot be read`) ?? undefined
    );
  };
}
