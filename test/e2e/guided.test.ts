import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSiteWithoutDatabase, type LabSite } from '../helpers/lab.ts';
import { DOWN, drawnLines, HAS_TERMINAL, onTerminal, type Exchange } from '../helpers/terminal.ts';
import { ordersOf } from '../helpers/expect-tool.ts';

let site: LabSite & { close(): Promise<void> };
const file = (name: string): string => join(site.folder, name);

beforeAll(async () => {
  site = await openSiteWithoutDatabase();
  const write = (name: string): object => ({
    argv: [process.execPath, '-e', `require('fs').writeFileSync(process.argv[1], '')`, file(name)],
    effect: 'change',
  });
  const runbook = {
    name: 'tour',
    title: 'A tour',
    sections: [
      {
        id: 'main',
        steps: [
          {
            id: 'look',
            title: 'Look at the folder',
            uses: 'command.run',
            with: { argv: [process.execPath, '--version'], effect: 'read' },
          },
          {
            id: 'stop',
            title: 'Stop the Scheduler',
            uses: 'services.stop',
            source: '5.7 step 1, p. 211',
            explain: 'A reload that began now\nwould write into the share.',
            with: { only: ['scheduler'] },
          },
          { id: 'first', title: 'Write the first file', uses: 'command.run', with: write('first') },
          { id: 'second', title: 'Write the second file', uses: 'command.run', with: write('second') },
          {
            id: 'license',
            title: 'Put the license in',
            uses: 'human.confirm',
            with: { text: 'Put the license in.', expect: { file: file('license') } },
          },
          { id: 'last', title: 'Write the last file', uses: 'command.run', with: write('last') },
        ],
      },
    ],
    always: [
      {
        id: 'start',
        title: 'Start it again',
        uses: 'services.start-stopped',
        reverses: 'stop',
        with: { remaining: true },
      },
    ],
  };
  mkdirSync(file('runbooks'));
  writeFileSync(file('runbooks/tour.yaml'), JSON.stringify(runbook));
});

afterAll(async () => {
  await site.close();
});

/** Picks the choice so many lines below the first one. */
function choose(title: string, down: number): Exchange {
  return { seen: new RegExp(`\\? ${title}\\?[^]*stop here`), typed: `${DOWN.repeat(down)}\r` };
}

function schedulerBy(hand: 'stopped'): void {
  site.services('central', (content) => {
    const scheduler = content.services['QlikSenseSchedulerService'];
    if (scheduler !== undefined) scheduler.state = hand;
  });
}

describe.skipIf(!HAS_TERMINAL)('guided mode on a terminal of 80 columns without colours', () => {
  it('leads through a run with every kind of answer, and through what is left after a stop', async () => {
    const services = site.states();
    const begin = await onTerminal(
      site.siteFile,
      ['run', 'tour', '--guided'],
      [
        { seen: /\? A tour\?/, typed: 'y\r' },
        // What a skipped stop would leave running is started again in the end: it cannot be skipped.
        choose('Stop the Scheduler', 1),
        {
          // Not what is drawn while the first answer is chosen: by then it is not known yet that the service runs.
          seen: /Do it by hand now[^]*stop here/,
          first: () => {
            schedulerBy('stopped');
          },
          typed: '\r',
        },
        choose('Write the first file', 0),
        choose('Write the second file', 2),
        { seen: /Why is it left out/, typed: 'there is one\r' },
        choose('Put the license in', 0),
        {
          seen: /NOT YET[^]*stop here/,
          first: () => {
            writeFileSync(file('license'), '');
          },
          typed: '\r',
        },
        choose('Write the last file', 3),
        { seen: /Step 6 of 6[^]*stop here/, typed: `${DOWN.repeat(4)}\r` },
      ],
    );
    expect(begin.code, begin.stdout).toBe(75);
    expect(['first', 'second', 'last'].map((name) => existsSync(file(name)))).toEqual([true, false, false]);
    // The tool did not stop what was stopped by hand, but started it again.
    expect(ordersOf(site)).toEqual(['central start QlikSenseSchedulerService']);
    expect(site.states()).toEqual(services);

    const text = stripVTControlCharacters(begin.stdout);
    expect(text).toContain('Step 1 of 6: Look at the folder');
    expect(text).not.toContain('? Look at the folder?');
    expect(text).toContain('Why       A reload that began now would write into the share.');
    expect(text).toContain('Manual    5.7 step 1, p. 211');
    expect(text).toContain('Skip      not possible: step start ("Start it again") reverses it');
    expect(text).toContain('  > sc.exe stop QlikSenseSchedulerService');
    // A command that names the site file stays on one line, to be copied.
    for (const line of drawnLines(begin.stdout).filter((one) => !one.includes(' --site ')))
      expect(line.length, line).toBeLessThanOrEqual(80);
    expect(begin.stdout).not.toMatch(/\u001b\[[\d;]*m/);

    const end = await onTerminal(
      site.siteFile,
      ['resume', '--guided'],
      [
        { seen: /\? A tour\?/, typed: 'y\r' },
        choose('Stop the Scheduler', 0),
        choose('Write the last file', 0),
      ],
    );
    expect(end.code, end.stdout).toBe(0);
    expect(['second', 'last'].map((name) => existsSync(file(name)))).toEqual([false, true]);
    expect(site.states()).toEqual(services);

    const { stdout } = await site.run(['runs', 'show']);
    expect(stdout).toMatch(/Answers\n {2}by hand +\S+ \S+ +Stop the Scheduler \(central\), \S+/);
    expect(stdout).toMatch(/skipped .*Write the second file[^]*there is one/);
    const report = JSON.parse((await site.run(['--json', 'runs', 'show'])).stdout) as {
      run: { folder: string };
      answers: { answer: string; who: string }[];
    };
    expect(report.answers.map(({ answer }) => answer).join(' ')).toBe(
      'by-hand by-hand run skip by-hand by-hand stop run run',
    );
    expect(readFileSync(join(report.run.folder, 'report.html'), 'utf8')).toContain('there is one');
  });
});
