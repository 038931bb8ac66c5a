import { describe, expect, it } from 'vitest';
import { defaultConfigFiles, defaultLogFolders } from '../../../src/site/defaults.ts';

const WINDOWS = {
  installFolder: String.raw`D:\Qlik\Sense`,
  programDataFolder: String.raw`E:\ProgramData\Qlik\Sense`,
};

// Written out from the manual, so that a file that falls out of the list is seen.
describe('the configuration files that a backup takes when the site file names none', () => {
  it('are those that the manual names, and the files that PostgreSQL has in any of its folders', () => {
    expect(defaultConfigFiles(WINDOWS)).toEqual([
      // Chapter 3, "Considerations about custom configurations".
      String.raw`D:\Qlik\Sense\Repository\Repository.exe.config`,
      String.raw`D:\Qlik\Sense\Proxy\Proxy.exe.config`,
      String.raw`D:\Qlik\Sense\Scheduler\Scheduler.exe.config`,
      String.raw`D:\Qlik\Sense\ServiceDispatcher\services.conf`,
      // 6.7, "Encrypting database connection for services".
      String.raw`D:\Qlik\Sense\Licenses\appsettings.json`,
      String.raw`D:\Qlik\Sense\AppDistributionService\appsettings.json`,
      String.raw`D:\Qlik\Sense\HybridDeploymentService\appsettings.json`,
      String.raw`D:\Qlik\Sense\NotifierService\appsettings.json`,
      String.raw`D:\Qlik\Sense\MobilityRegistrarService\appsettings.json`,
      String.raw`D:\Qlik\Sense\NLBroker\appsettings.json`,
      String.raw`D:\Qlik\Sense\NLAppSearch\appsettings.json`,
      String.raw`D:\Qlik\Sense\DataPrepService\appsettings.json`,
      String.raw`D:\Qlik\Sense\PrecedentsService\appsettings.json`,
      String.raw`D:\Qlik\Sense\CapabilityService\Capabilities.json`,
      String.raw`E:\ProgramData\Qlik\Sense\Engine\Settings.ini`,
      String.raw`E:\ProgramData\Qlik\Sense\Host.cfg`,
      String.raw`E:\ProgramData\Qlik\Sense\*\LocalLogConfig.xml`,
      String.raw`E:\ProgramData\Qlik\Sense\Repository\Exported Certificates`,
      String.raw`E:\ProgramData\Qlik\Sense\Repository\PostgreSQL\*\postgresql.conf`,
      String.raw`E:\ProgramData\Qlik\Sense\Repository\PostgreSQL\*\pg_hba.conf`,
      String.raw`C:\Program Files\PostgreSQL\*\data\postgresql.conf`,
      String.raw`C:\Program Files\PostgreSQL\*\data\pg_hba.conf`,
    ]);
    expect(defaultLogFolders(WINDOWS)).toEqual([String.raw`E:\ProgramData\Qlik\Sense\Log`]);
  });

  it('name no folder of Windows where the site is not on Windows', () => {
    const files = defaultConfigFiles({ installFolder: '/opt/qlik', programDataFolder: '/var/qlik' });
    expect(files.filter((file) => !/^\/(?:opt|var)\/qlik\/[^\\]+$/.test(file))).toEqual([]);
    expect(files.slice(-2)).toEqual([
      '/var/qlik/Repository/PostgreSQL/*/postgresql.conf',
      '/var/qlik/Repository/PostgreSQL/*/pg_hba.conf',
    ]);
  });
});
