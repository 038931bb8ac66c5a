import { UsageError } from '../contract/errors.ts';
import { escapeXml, fitsXml } from '../foundation/xml-text.ts';

/** Values of the placeholders `{name}` of a task template. */
export type TaskValues = Readonly<Record<string, string>>;

/** Fills a task template; every value is text in the result, whatever it holds. @throws UsageError */
export function fillTask(template: string, values: TaskValues): string {
  return template.replace(/\{([a-z]+)\}/g, (_placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the task template asks for {${name}}, which is not known`);
    if (!fitsXml(value))
      throw new UsageError(`${JSON.stringify(value)} has a character that a task cannot hold`);
    return escapeXml(value);
  });
}

/** As Task Scheduler takes files: UTF-16, little end first, with a byte order mark and CRLF. */
export function encodeTask(xml: string): Buffer {
  return Buffer.from(`\ufeff${xml.replace(/\r?\n/g, '\r\n')}`, 'utf16le');
}

/** A duration as XML Schema has it. Whole seconds. */
export function xmlDuration(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  const parts = [
    [Math.floor(seconds / 3600), 'H'],
    [Math.floor((seconds % 3600) / 60), 'M'],
    [seconds % 60, 'S'],
  ] as const;
  return `PT${parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${String(count)}${unit}`])).join('')}`;
}

/** @throws UsageError for a path in which Task Scheduler would replace something, or which no path of Windows is */
export function checkTaskPath(path: string): void {
  if (/[%"\r\n]|\$\(/.test(path))
    throw new UsageError(`The path ${path} cannot stand in a task of Windows.`, {
      hint: 'Task Scheduler replaces %NAME% and $(NAME) in it. Move the site file, or the tool, to a folder with a plain name.',
    });
}
