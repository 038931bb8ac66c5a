import { describe, expect, it } from 'vitest';
import { knowledgeText, releasesText } from '../../../src/report/upgrade-knowledge.ts';
import { upgradeHtml } from '../../../src/report/upgrade-html.ts';
import { upgradeMarkdown } from '../../../src/report/upgrade-markdown.ts';
import { upgradeText } from '../../../src/report/upgrade-text.ts';
import { knowledge } from '../../../src/upgrade/knowledge.ts';
import { planUpgrade } from '../../../src/upgrade/plan-upgrade.ts';
import { RELEASES } from '../../../src/upgrade/releases.ts';

const long = planUpgrade(
  { release: '3.1 SR1', persistence: 'synchronized', ssl: true, nodes: 8 },
  { to: 'November 2025' },
  { alternatives: 3 },
);
const none = planUpgrade({ release: 'May 2025' }, { to: 'May 2023' });
const there = planUpgrade({ release: 'May 2025', patch: 2 }, { to: 'May 2025' });

/** Lines past 80 columns, but for words that are longer than a line has room for. */
function tooLong(text: string): string[] {
  return text.split('\n').filter((line) => line.length > 80 && !/\S{60,}/.test(line));
}

describe('an upgrade plan as text', () => {
  it('keeps within 80 columns and leaves pages whole', () => {
    const text = upgradeText(long);
    expect(tooLong(text)).toEqual([]);
    expect(text).not.toMatch(/\bp\.\n/);
  });

  it('shows every hop, every demand, every question, every alternative', () => {
    const words = (text: string) => text.replace(/\s+/g, ' ');
    const text = words(upgradeText(long));
    expect(text).toContain('1. Upgrade Qlik Sense: 3.1 SR1 -> June 2017, PostgreSQL 9.3 -> 9.6 with it');
    expect(text).toContain('Qlik PostgreSQL Installer: PostgreSQL 9.6 -> PostgreSQL 14.17');
    for (const hop of long.hops)
      for (const demand of [...hop.before, ...hop.during, ...hop.after])
        expect(text).toContain(words(demand.text));
    for (const { ask, how, detail } of long.questions)
      expect(text).toContain(detail === true ? `${ask} ${how}` : `${ask} Assumed: `);
    for (const { how } of long.questions) expect(text).toContain(how);
    expect(text).toContain('Recommended: February 2021 after November 2020');
    expect(text).toContain('Another way: without a stop at May 2023');
  });

  it('does not call a hop the way from a release to the same one', () => {
    const text = upgradeText(planUpgrade({ release: 'August 2022' }, { to: 'May 2025' }));
    expect(text).toContain('Uninstall all patches: August 2022, if it has any');
    expect(text).not.toContain('August 2022 -> August 2022');
  });

  it('says of inference that it is, and of downtime that it is an estimate', () => {
    const text = upgradeText(long);
    expect(text).toContain('(inference; 8.11, p. 308; 5.7, p. 210)');
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /down for about .+ planning figures of this tool, not measured/,
    );
  });

  it('says what blocks and what would open it', () => {
    const text = upgradeText(none);
    expect(text).toContain('There is no path from May 2025 to May 2023.');
    expect(text).toContain('What opens it: Restore a backup');
  });

  it('says that there is nothing to do at the goal', () => {
    expect(upgradeText(there)).toContain('The site is at May 2025: there is nothing to do.');
  });
});

describe('an upgrade plan as Markdown', () => {
  it('has a heading a hop and a box a demand', () => {
    const text = upgradeMarkdown(long);
    for (const [index] of long.hops.entries()) expect(text).toContain(`\n## ${String(index + 1)}. `);
    const demands = long.hops.flatMap((hop) => [...hop.before, ...hop.during, ...hop.after]);
    expect(text.match(/^- \[ \] /gm)).toHaveLength(demands.length);
    expect(upgradeMarkdown(none)).toContain('What opens it:');
  });
});

describe('an upgrade plan as HTML', () => {
  it('draws the path with one box more than it has hops, and needs nothing from elsewhere', () => {
    const page = upgradeHtml(long);
    expect(page.match(/class="state"/g)).toHaveLength(long.hops.length + 1);
    expect(page).not.toMatch(/<script|<img|<link|src=|\shref=/);
    expect(page).toContain('PostgreSQL 14.17 qpi');
  });
});

describe('the knowledge as text', () => {
  it('lists every release in 80 columns', () => {
    const text = releasesText(RELEASES);
    expect(tooLong(text)).toEqual([]);
    for (const { name } of RELEASES) expect(text).toMatch(new RegExp(`^${name} +`, 'm'));
  });

  it('lists every rule, exit code and installer in 80 columns', () => {
    const text = knowledgeText(knowledge(false));
    expect(tooLong(text)).toEqual([]);
    expect(text).toContain('- november-2020-first: ');
    expect(text).toContain('- -8 Pending reboot must be applied first. ');
    expect(text).toContain('- Qlik_Sense_setup.exe, upgrade: -silent');
    expect(knowledgeText(knowledge(true))).not.toContain('november-2020-first');
  });
});
