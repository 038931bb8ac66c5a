import { describe, expect, it } from 'vitest';
import { configAdvice } from '../../../src/actions/config-advice.ts';

describe('what becomes of a configuration file', () => {
  it.each([
    'config/central/C/ProgramData/Qlik/Sense/Host.cfg',
    'C:\\ProgramData\\Qlik\\Sense\\HOST.CFG',
    'config/central/C/Program Files/PostgreSQL/14/data/postgresql.conf',
    'config/central/C/data/pg_hba.conf',
    'config/central/C/Program Files/Qlik/Sense/Repository/Repository.exe.config',
    'config/rim/C/ProgramData/Qlik/Sense/Repository/Exported Certificates',
  ])('never puts %s in place of another', (file) => {
    const { never, text } = configAdvice(file);
    expect(never).toBe(true);
    expect(text).toMatch(/^NEVER copy/);
  });

  it.each([
    ['config/central/C/ProgramData/Qlik/Sense/Host.cfg', true],
    ['config/central/C/data/pg_hba.conf', true],
    ['config/central/C/Exported Certificates/server.pem', true],
    ['config/central/C/Program Files/Qlik/Sense/Repository/Repository.exe.config', false],
    ['config/central/C/Program Files/Qlik/Sense/ServiceDispatcher/services.conf', false],
  ])('says of %s whether keys of it may be taken over: by hand alone is %s', (file, byHand) => {
    expect(configAdvice(file).byHand !== undefined).toBe(byHand);
  });

  it.each([
    'config/central/C/Program Files/Qlik/Sense/ServiceDispatcher/services.conf',
    'config/central/C/Program Files/Qlik/Sense/CapabilityService/Capabilities.json',
    'config/central/D/own/my-host.cfg',
    'config/central/odbc-system-dsn.reg',
  ])('leaves %s to a person', (file) => {
    expect(configAdvice(file)).toMatchObject({ never: false });
  });
});
