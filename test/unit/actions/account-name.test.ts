import { expect, it } from 'vitest';
import { accountName, sameAccount } from '../../../src/actions/account-name.ts';

it('writes an account as Windows does, whichever stroke was typed', () => {
  expect(accountName(' ACME/qlik ')).toBe('ACME\\qlik');
  expect(accountName('ACME\\qlik')).toBe('ACME\\qlik');
  expect(accountName('')).toBe('');
});

it.each([
  ['ACME/Qlik', 'acme\\qlik', true],
  ['.\\qlik', 'QS1\\qlik', true],
  ['QS1\\qlik', '.\\qlik', true],
  ['.\\qlik', 'ACME\\qlik', false],
  ['.\\qlik', 'QS1\\anna', false],
  ['ACME\\qlik', 'OTHER\\qlik', false],
])('%s and %s are one account on qs1.example: %s', (one, other, same) => {
  expect(sameAccount(one, other, 'qs1.example')).toBe(same);
});
