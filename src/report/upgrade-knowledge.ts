import { wrapText } from '../foundation/human.ts';
import type { Knowledge } from '../upgrade/knowledge.ts';
import type { Release } from '../upgrade/releases.ts';
import { textTable } from './text-table.ts';
import { sourceText } from './upgrade-words.ts';

const WIDTH = 80;
/** Room for a source in the table of releases. */
const SOURCE_WIDTH = 40;

/** The releases as a table of 80 columns; long sources stand below it. Ends with a newline. */
export function releasesText(releases: readonly Release[]): string {
  const notes: string[] = [];
  const rows = releases.map(({ name, build, postgres, source, confidence }) => {
    const words = sourceText({ source, confidence });
    return [name, build ?? '', postgres ?? '', words.length <= SOURCE_WIDTH ? words : noteOf(words, notes)];
  });
  const columns = ['RELEASE', 'BUILD', 'POSTGRESQL', 'SOURCE'].map((title) => ({ title }));
  return `${[
    ...textTable(columns, rows),
    '',
    ...wrapText(
      'PostgreSQL is what a fresh installation brings; an upgrade keeps what is there. Sources are chapter and page of "Deploy Qlik Sense Enterprise on Windows", May 2025. Builds are never from the manual; --json names their sources.',
      WIDTH,
    ),
    ...notes.flatMap((text, index) => wrapText(`[${String(index + 1)}] ${text}`, WIDTH, '    ')),
  ].join('\n')}\n`;
}

/** The rules in lines of 80 columns. Ends with a newline. */
export function knowledgeText({ groups, postgres, exitCodes, installers }: Knowledge): string {
  const lines: string[] = [];
  const section = (title: string, content: readonly string[]): void => {
    if (content.length > 0) lines.push(...(lines.length === 0 ? [] : ['']), title, ...content);
  };
  for (const { title, rules } of groups)
    section(
      title,
      rules.flatMap(({ id, text, ...rule }) => item(`${id}: ${text} (${sourceText(rule)})`)),
    );
  section(
    'PostgreSQL',
    postgres.flatMap(({ major, since, until, text, ...fact }) =>
      item(
        `${major}: ${since} ${until === undefined ? 'and later' : `to ${until}`}. ${text} (${sourceText(fact)})`,
      ),
    ),
  );
  section(
    'Arguments of the installers',
    installers.flatMap(({ program, mode, arguments: known, note }) =>
      item(
        `${program}, ${mode}: ${known.map(({ name, mandatory }) => (mandatory === true ? name : `[${name}]`)).join(' ')}${note === undefined ? '' : `. ${note}`} (${[...new Set(known.map(({ source }) => source))].join('; ')})`,
      ),
    ),
  );
  section(
    'Exit codes of the installers',
    exitCodes.flatMap(({ code, meaning, remedy, source }) =>
      item(`${String(code)} ${meaning}. ${remedy} (${source})`),
    ),
  );
  return `${lines.join('\n')}\n`;
}

function noteOf(text: string, notes: string[]): string {
  const at = notes.indexOf(text);
  if (at >= 0) return `[${String(at + 1)}]`;
  notes.push(text);
  return `[${String(notes.length)}]`;
}

function item(text: string): string[] {
  return wrapText(`- ${text}`, WIDTH, '  ');
}
