/**
 * Bytes for people, decimal units as disks and Windows administrators' tools name them.
 * Gives at most 8 characters: `0 B`, `17.3 MB`, `1.20 TB`.
 */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  // 999.95 would be printed as 1000.0: it belongs to the next unit.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? String(Math.round(value)) : value.toFixed(1)} ${units[unit] ?? 'B'}`;
}

/** Milliseconds for people: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`, `3 d 2 h`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 9950) return `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${String(seconds)} s`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 2880) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** `1 file`, `2 files`, `12,345 files`. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ',')} ${count === 1 ? singular : plural}`;
}

/** Local time as `2026-11-24 04:05`, with seconds when asked; takes a date or ISO 8601 text. */
export function formatLocalTime(time: Date | string, seconds = false): string {
  const date = typeof time === 'string' ? new Date(time) : time;
  if (Number.isNaN(date.getTime())) return String(time);
  const day = [String(date.getFullYear()), two(date.getMonth() + 1), two(date.getDate())].join('-');
  const clock = [two(date.getHours()), two(date.getMinutes())];
  if (seconds) clock.push(two(date.getSeconds()));
  return `${day} ${clock.join(':')}`;
}

/** Local time of day as `04:05:06`. */
export function formatClockTime(time: Date | string): string {
  return formatLocalTime(time, true).slice(11);
}

/** Stands for a space at which no line ends; of the private use area, so that no text has it. */
const KEPT_SPACE = '\uE000';

/** Commands as they stand in sentences. */
const COMMANDS = /`[^`\n]*`|\bsense-runbook(?: [\w-]+)* (?:"[^"\n]*"|'[^'\n]*')/g;

/**
 * Breaks text at spaces so that no line is longer than `width`; a longer word stays whole, since cutting a path or an
 * option would make it wrong, and so does what stands in quotes in a command: in `` `...` ``, or the first after the name of this
 * tool, which is the site file. Later lines begin with `indent`.
 */
export function wrapText(text: string, width: number, indent = ''): string[] {
  const whole = text.replace(COMMANDS, keepQuotes);
  return breakLines(whole, width, indent).map((line) => line.replaceAll(KEPT_SPACE, ' '));
}

/** Wraps a command line between arguments only: what stands in quotes is one piece. */
export function wrapCommand(text: string, width: number, indent: string): string[] {
  return wrapText(keepQuotes(text), width, indent);
}

function keepQuotes(command: string): string {
  return command.replace(/"[^"]*"|'[^']*'/g, (quoted) => quoted.replaceAll(' ', KEPT_SPACE));
}

function breakLines(text: string, width: number, indent: string): string[] {
  return text.split(/\r?\n/).flatMap((paragraph) => {
    const lines: string[] = [];
    const lead = /^ */.exec(paragraph)?.[0] ?? '';
    let line = '';
    for (const word of paragraph.split(/ +/).filter((part) => part !== '')) {
      if (line === '') line = (lines.length === 0 ? lead : indent) + word;
      else if (line.length + 1 + word.length <= width) line += ` ${word}`;
      else {
        lines.push(line);
        line = indent + word;
      }
    }
    return [...lines, line];
  });
}

/** Text of a YAML block: lines of one paragraph are joined, lists and empty lines stay. */
export function flowText(text: string): string {
  return text.trim().replace(/(\S) *\n(?! *(?:\n|[-*] |\d+\. ))/g, '$1 ');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const first = `${String(large)} ${largeUnit}`;
  return small === 0 ? first : `${first} ${String(small)} ${smallUnit}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
