import { isIP } from 'node:net';
import { fitsXml } from '../foundation/xml-text.ts';

/** Says what is wrong with a value, worded to follow the setting's name; undefined when nothing is. Never repeats a secret. */
export type SettingCheck = (value: string) => string | undefined;

/** What a setting of a configuration file may be. Values are texts, as they stand in the file. */
export interface SettingRule {
  readonly check: SettingCheck;
  readonly source: string;
}

/** `true` or `false`. */
export const flag: SettingCheck = (value) =>
  value === 'true' || value === 'false' ? undefined : `must be true or false, not "${value}"`;

/** Any text without line breaks. */
export const text: SettingCheck = (value) =>
  value === ''
    ? 'must not be empty'
    : fitsXml(value) && !/[\r\n]/.test(value)
      ? undefined
      : 'has a character that the file cannot hold';

/** A TCP port. */
export const port: SettingCheck = (value) => wholeNumber(1, 65_535)(value);

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): SettingCheck {
  return (value) =>
    /^\d{1,6}$/.test(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `must be a whole number from ${String(least)} to ${String(most)}, not "${value}"`;
}

/** A path with a drive, or of a share. */
export const wholePath: SettingCheck = (value) =>
  text(value) ??
  (/^(?:[a-z]:[\\/]|\\\\|\/)/i.test(value) ? undefined : `must be a whole path, not "${value}"`);

/** `*`, or addresses with commas between them; the manual's own word for all of IPv6 is `:::0`. */
export const listenAddresses: SettingCheck = (value) => {
  const wrong = value === '*' ? [] : parts(value).filter((one) => isIP(one) === 0 && one !== ':::0');
  return wrong.length === 0
    ? undefined
    : `must be * or addresses with commas between them; "${wrong[0] ?? ''}" is none`;
};

/** Ranges such as `10.0.0.0/24,::/0`. */
export const ipRange: SettingCheck = (value) => {
  const wrong = parts(value).filter((one) => !isRange(one));
  return wrong.length === 0
    ? undefined
    : `must be ranges such as 10.0.0.0/24 with commas between them; "${wrong[0] ?? ''}" is none`;
};

const SCRIPTS = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u, /\p{Script=Hebrew}/u]
  .concat(/\p{Script=Arabic}/u, /\p{Script=Thai}/u, /\p{Script=Hangul}/u)
  .concat(/\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}/u);

/** Of a user name or password of the database (manual 8.13, p. 309): one character set. */
export const oneCharacterSet: SettingCheck = (value) =>
  text(value) ??
  (SCRIPTS.filter((script) => script.test(value)).length < 2
    ? undefined
    : 'mixes letters of several character sets, with which the Repository Service does not log in (8.13, p. 309)');

function parts(value: string): string[] {
  return value.split(',').map((one) => one.trim());
}

function isRange(range: string): boolean {
  const [address = '', bits = ''] = range.split('/');
  const longest = isIP(address) === 4 ? 32 : 128;
  return (
    isIP(address) !== 0 && range.split('/').length === 2 && /^\d{1,3}$/.test(bits) && Number(bits) <= longest
  );
}
