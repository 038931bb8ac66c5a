/** Short name of the service that must answer before a node is ready. */
export const REPOSITORY_SERVICE = 'QlikSenseRepositoryService';

// Display names by short names, as an installation of Qlik Sense makes them; the logging service is gone from
// February 2022.
const QLIK_SERVICES: Readonly<Record<string, string>> = {
  QlikSenseRepositoryDatabase: 'Qlik Sense Repository Database',
  QlikSenseServiceDispatcher: 'Qlik Sense Service Dispatcher',
  [REPOSITORY_SERVICE]: 'Qlik Sense Repository Service',
  QlikSenseProxyService: 'Qlik Sense Proxy Service',
  QlikSenseEngineService: 'Qlik Sense Engine Service',
  QlikSenseSchedulerService: 'Qlik Sense Scheduler Service',
  QlikSensePrintingService: 'Qlik Sense Printing Service',
  QlikLoggingService: 'Qlik Logging Service',
};

/** Short and display names of the services of Qlik Sense. */
export const QLIK_SERVICE_NAMES: ReadonlyMap<string, string> = new Map(Object.entries(QLIK_SERVICES));

/**
 * Whether a service belongs to Qlik Sense, also to a release that is not known here, or is a PostgreSQL that may be its
 * database (`postgresql-x64-14`).
 */
export function isQlikService(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.startsWith('qliksense') || lower === 'qlikloggingservice' || /^postgresql-x64-\d/u.test(lower);
}
