import { describe, expect, it } from 'vitest';
import { fakeSite, runLine } from './fake-context.ts';

describe('recover --if-needed', () => {
  it('has one line of JSON when there is nothing to do, as recover itself', async () => {
    const site = fakeSite();
    const wanted = '{"schemaVersion":1,"type":"nothing"}\n';
    expect((await runLine(['recover', '--if-needed', '--json'], site)).out).toBe(wanted);
    expect((await runLine(['recover', '--json'], site)).out).toBe(wanted);
  });
});
