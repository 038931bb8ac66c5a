import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One page of the documentation. */
export interface Page {
  /** Path below the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** The folder of the repository. */
export const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** A file of the repository as text. */
export function readText(path: string): string {
  return readFileSync(`${repository}${path}`, 'utf8');
}

/** Every Markdown page that a reader of the repository sees. */
export function allPages(): Page[] {
  const markdown = (folder: string) =>
    readdirSync(`${repository}${folder}`)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}${name}`);
  return [...markdown(''), ...markdown('docs/')].map((path) => ({ path, text: readText(path) }));
}

/** The page without its fenced code blocks. */
export function prose(text: string): string {
  return text.replace(/^```.*?^```$/gms, '');
}

/** Texts between single backticks, outside of code blocks. */
export function inlineCode(text: string): string[] {
  return [...prose(text).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}

/** Lines of the fenced code blocks. */
export function codeLines(text: string): string[] {
  return [...text.matchAll(/^```.*?\n(.*?)^```$/gms)].flatMap((match) => (match[1] ?? '').split('\n'));
}

/** The name under which a heading is linked to, as GitHub makes it. */
export function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
