import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { checkTaskPath, encodeTask, fillTask, xmlDuration } from '../../../src/schedule/task-xml.ts';
import { readXml, textAt } from '../../helpers/read-xml.ts';

const templates = join(import.meta.dirname, '../../../templates');
const template = (name: string): string => readFileSync(join(templates, name), 'utf8');

const VALUES = {
  site: 'acme',
  account: 'ACME\\svc-qlik',
  start: '2026-11-25T02:00:00',
  limit: 'PT12H',
  command: 'C:\\Program Files\\nodejs\\node.exe',
  arguments: '"C:\\tool\\bin.js" backup',
  folder: 'C:\\sense-runbook',
};

const HOSTILE = [
  `O'Brien & Söhne <"prod">`,
  ']]>&lt;</UserId><UserId>SYSTEM',
  '“curly” ‚low‘ 日本語 🙂',
  '{command} $& $1 &amp;',
];

describe.each(['task-backup.xml', 'task-recover.xml'])('%s', (name) => {
  it.each(HOSTILE)('holds %s as text', (text) => {
    const filled = fillTask(template(name), { ...VALUES, account: text, command: text, folder: text });
    const task = readXml(filled);
    expect(textAt(task, 'Principals/Principal/UserId')).toBe(text);
    expect(textAt(task, 'Actions/Exec/Command')).toBe(text);
    expect(textAt(task, 'Actions/Exec/WorkingDirectory')).toBe(text);
  });

  it('holds whatever XML can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/[\u0000-\u001f\ufffe\uffff]/.test(text));
        const task = readXml(fillTask(template(name), { ...VALUES, arguments: text }));
        expect(textAt(task, 'Actions/Exec/Arguments')).toBe(text);
      }),
    );
  });

  it.each(['\u0000', '\u001b', '\ud800', '\uffff'])('refuses %j, which no XML can hold', (text) => {
    expect(() => fillTask(template(name), { ...VALUES, folder: `a${text}b` })).toThrow(UsageError);
  });

  it('logs on with a password, with full rights, once at a time, makes up for what was missed, on battery too', () => {
    const task = readXml(fillTask(template(name), VALUES));
    expect(textAt(task, 'Principals/Principal/LogonType')).toBe('Password');
    expect(textAt(task, 'Principals/Principal/RunLevel')).toBe('HighestAvailable');
    expect(textAt(task, 'Settings/MultipleInstancesPolicy')).toBe('IgnoreNew');
    expect(textAt(task, 'Settings/StartWhenAvailable')).toBe('true');
    expect(textAt(task, 'Settings/ExecutionTimeLimit')).toBe('PT12H');
    expect(textAt(task, 'Settings/DisallowStartIfOnBatteries')).toBe('false');
    expect(textAt(task, 'Settings/StopIfGoingOnBatteries')).toBe('false');
    // 7, the default, would run it with low priority for disks too.
    expect(textAt(task, 'Settings/Priority')).toBe('5');
  });
});

describe('a task file', () => {
  it('is UTF-16, little end first, with a byte order mark and CRLF', () => {
    const bytes = encodeTask('<?xml?>\n<ä/>\r\n');
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xfe]));
    expect(bytes.subarray(2).toString('utf16le')).toBe('<?xml?>\r\n<ä/>\r\n');
  });
});

describe('a path', () => {
  it.each(['C:\\100%\\site.yaml', 'C:\\$(Arg0)\\site.yaml'])(
    '%s would be changed by Task Scheduler',
    (path) => {
      expect(() => {
        checkTaskPath(path);
      }).toThrow(UsageError);
    },
  );

  it('with blanks, & and other letters may stand there', () => {
    expect(() => {
      checkTaskPath("\\\\files01\\Qlik & Söhne\\O'Brien (1)\\site.yaml");
    }).not.toThrow();
  });
});

describe('a duration', () => {
  it.each([
    [43_200_000, 'PT12H'],
    [5_400_000, 'PT1H30M'],
    [90_061_000, 'PT25H1M1S'],
    [60_000, 'PT1M'],
  ])('of %i ms is %s', (milliseconds, text) => {
    expect(xmlDuration(milliseconds)).toBe(text);
  });
});
