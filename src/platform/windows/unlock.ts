import * as z from 'zod';
import type { ServiceWait } from '../../contract/node.ts';
import { notListening, notTaken } from '../qrs/unlock.ts';
import { readAnswer, type PowerShell } from './powershell.ts';

/** Besides the request itself: PowerShell starts slowly on a busy server. */
const START_MS = 60_000;

const answerSchema = z.object({ status: z.number() });

/** Tells the Repository Service of another server the one-time password of its registration, through its PowerShell. */
export function createRemoteUnlock({
  powershell,
  host,
}: {
  readonly powershell: PowerShell;
  readonly host: string;
}) {
  return async (password: string, { timeoutMs, signal }: ServiceWait): Promise<void> => {
    const answer = await powershell.run(
      'certificate-setup',
      { password, timeoutMs },
      { timeoutMs: timeoutMs + START_MS, ...(signal === undefined ? {} : { signal }) },
    );
    const { status } = readAnswer(answerSchema, answer, `the certificates of ${host} cannot be unlocked`);
    if (status === 0) throw notListening(host, answer);
    if (status >= 400) throw notTaken(host, status);
  };
}
