import { expect, it } from 'vitest';
import { openEvidenceSession } from '../../../src/postgres/evidence-session.ts';

it('refuses a standby server with what to do, and leaves no connection', async () => {
  let closed = 0;
  const client = {
    query: <Row extends object>(text: string): Promise<Row[]> =>
      text.includes('pg_is_in_recovery')
        ? Promise.resolve([{ is: true } as Row])
        : Promise.reject(new Error(text)),
    close: () => Promise.resolve(void (closed += 1)),
  };
  await expect(openEvidenceSession(client)).rejects.toMatchObject({
    name: 'PreflightError',
    message: expect.stringContaining('standby') as string,
    hint: expect.stringContaining('site.yaml') as string,
  });
  expect(closed).toBe(1);
});
