import { resolve } from 'node:path';
import { COMMAND_NAMES } from '../commands/command-names.ts';
import { quoted } from '../foundation/quoted.ts';

/** These take no site file. */
const WITHOUT_SITE: readonly string[] = ['init', 'demo'];

const NAMES = COMMAND_NAMES.filter((name) => !WITHOUT_SITE.includes(name)).join('|');
const COMMAND = `sense-runbook(?=\\s+(?:${NAMES})(?![\\w-]))`;
const ANYWHERE = new RegExp(`(?<![\\w\\\\/.-])${COMMAND}`, 'g');
const IN_QUOTES = new RegExp(`"(${COMMAND}[^"\\n]*)"`, 'g');

/**
 * Adds the site file that a person named to every command of this tool that a text for people names, so that it does the
 * same when it is typed in another folder.
 */
export function nameSite(text: string, siteFile: string): string {
  const file = quoted(resolve(siteFile));
  // Quotes in quotes would not tell where the command ends.
  const told = file.startsWith('"') ? text.replaceAll(IN_QUOTES, '`$1`') : text;
  return told.replaceAll(ANYWHERE, () => `sense-runbook --site ${file}`);
}

/** Whether a command line asks for a document on stdout (`--format`), which is as it is wherever it is made. */
export function asksForDocument(argv: readonly string[]): boolean {
  return /(?:^|\0)--format[=\0](?:json|markdown|html)(?:\0|$)/.test(argv.join('\0'));
}
