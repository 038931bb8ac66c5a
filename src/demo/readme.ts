import { SIMULATED_NODE_README } from '../platform/simulated/readme.ts';
import type { DemoPaths } from './site-paths.ts';

/** The text of `README.txt` in the folder of a demo site. */
export function demoReadme(paths: DemoPaths): string {
  const site = `sense-runbook --site '${paths.siteFile}'`;
  return `A simulated Qlik Sense site with two nodes. Its database, files and certificates are real, its services are not.

Try:

  ${site} doctor
  ${site} plan backup
  ${site} backup --yes
  ${site} backups
  ${site} backups verify

End its processes (the files stay; delete this folder afterwards):

  sense-runbook demo --dir '${paths.dir}' --stop

What is where:

  site.yaml      describes the site
  nodes/         the central and the rim node: services and certificate stores
  postgresql/    the PostgreSQL cluster with QSR, SenseServices, QSMQ and Licenses
  share/         the file share
  files/         configuration files and logs of the nodes
  qvd/           a folder outside the share that is backed up too
  secrets/       the passwords of the database's superuser and of exported certificates
  vault/         backup sets, once there are any
  state/         runs, with journals and reports

Slow and failing services
=========================

Each folder in nodes/ has a file services.json. Edit it while the site is at rest or in the middle of a run:

${SIMULATED_NODE_README}`;
}
