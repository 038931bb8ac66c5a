import { describe, expect, it } from 'vitest';
import { reflowMarkdown } from '../../../src/foundation/reflow.ts';

describe('reflowMarkdown', () => {
  it('breaks paragraphs anew and leaves no short lines behind', () => {
    expect(reflowMarkdown('one two three four\nfive\nsix\n\nseven', 14)).toBe(
      'one two three\nfour five six\n\nseven',
    );
  });

  it('keeps items of lists apart, with their indent and boxes', () => {
    expect(reflowMarkdown('- [ ] one two three\n      four\n- five\n1. six seven eight', 16)).toBe(
      '- [ ] one two\n      three four\n- five\n1. six seven\n   eight',
    );
  });

  it('gives every line of a quotation its mark', () => {
    expect(reflowMarkdown('> **one two\n> three four**', 12)).toBe('> **one two\n> three\n> four**');
  });

  it('leaves code blocks and titles as they are', () => {
    const text = '## a title that is long\n\n```\na command that is long\n- x\n\ny\n```';
    expect(reflowMarkdown(text, 10)).toBe(text);
  });

  it('keeps a short command in a sentence on one line', () => {
    expect(reflowMarkdown('one two `do it now` end', 14)).toBe('one two\n`do it now`\nend');
  });

  it('does not part p. from its number', () => {
    expect(reflowMarkdown('one two (5.7, p. 210)', 17)).toBe('one two (5.7,\np. 210)');
  });
});
