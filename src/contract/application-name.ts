/** PostgreSQL cuts application names at NAMEDATALEN - 1 bytes. */
const LONGEST = 63;

/**
 * The `application_name` of database sessions of one step, so that what a killed run left can be found in
 * `pg_stat_activity` and ended (design section 4). Without a step: the common beginning of all of the run's.
 */
export function applicationName(run: string, step?: string): string {
  const name = step === undefined ? `sense-runbook ${run}` : `sense-runbook ${run} ${step}`;
  return Buffer.from(name).subarray(0, LONGEST).toString('utf8');
}
