import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { findRelease, releaseText } from '../../../src/upgrade/find-release.ts';
import { RELEASES } from '../../../src/upgrade/releases.ts';

describe('findRelease', () => {
  it.each([
    ['Nov 2020', { release: 'November 2020' }],
    ['november 2020 patch 5', { release: 'November 2020', patch: 5 }],
    ['NOVEMBER  2020, P12', { release: 'November 2020', patch: 12 }],
    ['2020-11', { release: 'November 2020' }],
    ['2022-8 p5', { release: 'August 2022', patch: 5 }],
    ['Qlik Sense Enterprise on Windows May 2025 Patch 3', { release: 'May 2025', patch: 3 }],
    ['Sept. 2017', { release: 'September 2017' }],
    ["may '23", { release: 'May 2023' }],
    ['May2025 IR', { release: 'May 2025', patch: 'none' }],
    ['feb 2022 initial release', { release: 'February 2022', patch: 'none' }],
    ['3.1 SR1', { release: '3.1 SR1' }],
    ['3.1.2', { release: '3.1 SR2' }],
    ['qlik sense 3.2sr5', { release: '3.2 SR5' }],
    ['3.0', { release: '3.0' }],
  ])('reads "%s"', (text, expected) => {
    expect(findRelease(text)).toEqual(expected);
  });

  it.each(RELEASES.map(({ name }) => [name]))('reads "%s" as the vendor writes it', (name) => {
    expect(findRelease(name)).toEqual({ release: name });
    expect(findRelease(`${name.toLowerCase()} patch 1`)).toEqual({ release: name, patch: 1 });
  });

  it.each([
    ['Aug 2024', /nearest are May 2024 and November 2024/],
    ['2027-05', /nearest is November 2026\./],
    ['Agust 2022', /Did you mean "August 2022"/],
    ['3.3', /upgrade releases/],
    ['2022-13', /upgrade releases/],
    ['May 2025 Patch 0', /upgrade releases/],
    ['', /upgrade releases/],
    ['yesterday', /upgrade releases/],
  ])('does not know "%s", and says what is near', (text, hint) => {
    let thrown: unknown;
    try {
      findRelease(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UsageError);
    expect((thrown as UsageError).hint).toMatch(hint);
  });
});

describe('releaseText', () => {
  it('writes a patch as the vendor does', () => {
    expect(releaseText('August 2022', 5)).toBe('August 2022 Patch 5');
    expect(releaseText('August 2022', 'none')).toBe('August 2022');
    expect(releaseText('August 2022', 'unknown')).toBe('August 2022');
  });
});
