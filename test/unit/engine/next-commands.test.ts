import { describe, expect, it } from 'vitest';
import { nextCommands } from '../../../src/engine/next-commands.ts';

const UNTOUCHED = { effects: false, keeps: false, cleanedUp: false, undoBegun: false };

describe('what may be done with a run that changed nothing', () => {
  it('is to give it up, too, when it was stopped: it keeps every other run away', () => {
    expect(nextCommands('stopped', UNTOUCHED)).toEqual(['resume', 'abandon']);
  });

  it('is only to go on with it when it failed: the site is free', () => {
    expect(nextCommands('failed', UNTOUCHED)).toEqual(['resume']);
  });
});
