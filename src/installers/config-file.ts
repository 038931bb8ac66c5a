import { UsageError } from '../contract/errors.ts';
import { unknownWord } from '../foundation/shape.ts';
import { escapeXml } from '../foundation/xml-text.ts';
import type { SettingRule } from './setting-checks.ts';

/** Settings of a configuration file by the manual's names; one that is absent or empty is not given. */
export type ConfigSettings = Readonly<Record<string, string | undefined>>;

/** What each given setting has wrong by itself, with the manual's page. */
export function settingProblems(
  settings: ConfigSettings,
  rules: Readonly<Record<string, SettingRule>>,
): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (!Object.hasOwn(rules, name)) return [`${name} ${unknownWord('setting', name, Object.keys(rules))}`];
    const rule = rules[name];
    const problem = value === undefined || value === '' ? undefined : rule?.check(value);
    return problem === undefined ? [] : [`${name} ${problem} (${rule?.source ?? ''})`];
  });
}

/** @throws UsageError that tells every problem at once */
export function refuseProblems(file: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new UsageError(`${file} cannot be written: ${problems.join('; ')}`, {
    hint: 'Nothing was changed. Correct the settings.',
  });
}

/**
 * Puts settings into a template of lines `<Name>{Name}</Name>`; every value is text in the result, whatever it holds.
 * Settings that are not given are left out, or left empty.
 */
export function fillConfig(
  template: string,
  settings: ConfigSettings,
  notGiven: 'left-out' | 'empty',
): string {
  const isGiven = (name: string) => (settings[name] ?? '') !== '';
  return template
    .split(/\r?\n/)
    .filter((line) => {
      const name = /\{(\w+)\}/.exec(line)?.[1];
      return name === undefined || notGiven === 'empty' || isGiven(name);
    })
    .map((line) => line.replace(/\{(\w+)\}/, (_: string, name: string) => escapeXml(settings[name] ?? '')))
    .join('\r\n');
}
