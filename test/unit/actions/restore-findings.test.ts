import { describe, expect, it } from 'vitest';
import {
  judgeHost,
  judgeInstalled,
  judgePostgres,
  judgeRelease,
  judgeSite,
} from '../../../src/actions/restore-findings.ts';

describe('the release of the target', () => {
  it('must be that of the set, patch and all', () => {
    expect(judgeRelease('May 2025 Patch 3', 'May 2025 Patch 3').status).toBe('ok');
    expect(judgeRelease('May 2025', 'may 2025').status).toBe('ok');
  });

  it.each([
    ['May 2025 Patch 3', 'May 2025', 'an older one'],
    ['May 2025', 'November 2024 Patch 9', 'an older one'],
    ['May 2025 Patch 3', 'May 2025 Patch 4', 'a newer one'],
    ['May 2025', 'November 2025', 'a newer one'],
    ['3.2 SR2', 'something else', 'another one'],
  ])('is refused with its reason when the set has %s and %s is installed', (ofSet, ofTarget, which) => {
    const { status, message, hint } = judgeRelease(ofSet, ofTarget);
    expect(status).toBe('failed');
    expect(message).toContain(which);
    expect(hint).toContain(`Install ${ofSet}`);
  });

  it('is for a person to compare where it is not known', () => {
    expect(judgeRelease(undefined, 'May 2025')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('The backup set does not tell') as string,
    });
    expect(judgeRelease('May 2025', undefined)).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('is not known') as string,
    });
  });
});

describe('PostgreSQL of the target', () => {
  it('must be of the major version of the set', () => {
    expect(judgePostgres(14, { version: '14.8', major: 14 }, false).status).toBe('ok');
    expect(judgePostgres(14, { version: '15.4', major: 15 }, false).status).toBe('failed');
  });

  it('may be newer where that is wanted, and never older', () => {
    expect(judgePostgres(14, { version: '16.1', major: 16 }, true).status).toBe('warning');
    expect(judgePostgres(14, { version: '12.5', major: 12 }, true).status).toBe('failed');
  });
});

describe('the host of the target', () => {
  it('must be that of the set, in short or in full, unless another name is wanted', () => {
    expect(judgeHost('QS1.acme.example', 'qs1', undefined).status).toBe('ok');
    expect(judgeHost('qs1', 'qs2', undefined)).toMatchObject({
      status: 'failed',
      hint: expect.stringContaining('--new-host qs2') as string,
    });
  });

  it('must be the new name that was given, and another than that of the set', () => {
    expect(judgeHost('qs1', 'qs2', 'QS2').status).toBe('ok');
    expect(judgeHost('qs1', 'qs2', 'qs3').status).toBe('failed');
    expect(judgeHost('qs1', 'qs1', 'qs1')).toMatchObject({
      status: 'failed',
      hint: 'Restore it without --new-host.',
    });
  });
});

describe('a set', () => {
  it('is refused when it is of another site', () => {
    expect(judgeSite('acme', 'acme').status).toBe('ok');
    expect(judgeSite('other', 'acme').status).toBe('failed');
  });

  it('goes onto a bare machine only with the certificates first', () => {
    expect(judgeInstalled('qs1', { bare: true, wantedBare: true }).status).toBe('ok');
    expect(judgeInstalled('qs1', { bare: true, wantedBare: false }).hint).toContain('--bare');
    expect(judgeInstalled('qs1', { bare: false, wantedBare: true }).status).toBe('failed');
  });
});
