import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/contract/errors.ts';
import {
  checkSettings,
  settingsOfBackup,
  settingsOfHop,
  withoutSecrets,
  type RunbookParam,
} from '../../../../src/upgrade/journey/settings.ts';
import { planOf } from './samples.ts';

const { hops } = planOf();

function params(...names: string[]): RunbookParam[] {
  return names.map((name) => ({ name, required: false, secret: name === 'password' }));
}

const KNOWN = new Map([
  ['backup', params('quiesce', 'drill')],
  ['uninstall-patch', params('update', 'backup')],
  ['upgrade-postgres-qpi', params('setup', 'databaseSecret', 'acceptLicence', 'backup')],
  ['upgrade', params('to', 'setup', 'databaseSecret', 'acceptEula', 'backup', 'password')],
]);

describe('parameters of hops', () => {
  it('reach every hop that has them, the more exact one first', () => {
    const settings = {
      '3.databaseSecret': 'three',
      databaseSecret: 'all',
      'upgrade.databaseSecret': 'kind',
      'backup.quiesce': 'snapshot',
    };
    checkSettings(settings, hops, KNOWN);
    const given = hops.map((hop, index) => settingsOfHop(hop, index + 1, settings, KNOWN));
    expect(given).toEqual([{}, { databaseSecret: 'all' }, { databaseSecret: 'three' }]);
    expect(settingsOfBackup(settings)).toEqual({ quiesce: 'snapshot' });
  });

  it.each([
    ['databaseSecrets', /no parameter "databaseSecrets"/, /Did you mean "databaseSecret"/],
    ['4.setup', /no hop "4"/, /1 to 3/],
    ['patch.update', /no hop "patch"/, /number/],
    ['backup', /right before it/, /^$/],
    ['2.backup', /right before it/, /^$/],
    ['backup.drill', /always drilled/, /^$/],
    ['acceptEula', /--accept-eula/, /^$/],
    ['postgres-qpi.acceptLicence', /--accept-eula/, /^$/],
    ['3.to', /the plan says that/, /^$/],
  ])('refuse --set %s', (key, message, hint) => {
    let error: unknown;
    try {
      checkSettings({ [key]: 'x' }, hops, KNOWN);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(message);
    expect((error as UsageError).hint ?? '').toMatch(hint);
  });

  it('are kept for the next call, but for secrets', () => {
    const settings = { '3.password': 'hunter2', password: 'hunter2', databaseSecret: 'superuser' };
    expect(withoutSecrets(settings, hops, KNOWN)).toEqual({ databaseSecret: 'superuser' });
  });
});
