import type { Action, ActionRegistry } from '../contract/action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { createCertificatesCheckReplaced } from './certificates-check-replaced.ts';
import { createCertificatesClearExported } from './certificates-clear-exported.ts';
import { createCertificatesExport } from './certificates-export.ts';
import { createCheckBundledDatabase } from './check-bundled-database.ts';
import { createCertificatesRemove } from './certificates-remove.ts';
import { createCheckCertificates } from './check-certificates.ts';
import { createCheckClients } from './check-clients.ts';
import { createCheckDatabaseSecurity } from './check-database-security.ts';
import { createCheckDatabase } from './check-database.ts';
import { createCheckDataFolder } from './check-data-folder.ts';
import { createCheckDrill } from './check-drill.ts';
import { createCheckNodes } from './check-nodes.ts';
import { createCheckOffsite } from './check-offsite.ts';
import { createCheckReplacedDatabase, createPostgresCheckReplaced } from './check-replaced-database.ts';
import { createCheckRestore } from './check-restore.ts';
import { createCheckSetFiles } from './check-set-files.ts';
import { createCheckOldCentral } from './check-old-central.ts';
import { createCheckOtherNodes } from './check-other-nodes.ts';
import { createCheckPrivate } from './check-private.ts';
import { createCheckRenewal } from './check-renewal.ts';
import { createCheckServices } from './check-services.ts';
import { createCheckShare } from './check-share.ts';
import { createCheckSpace } from './check-space.ts';
import { createCheckTopology } from './check-topology.ts';
import { createCheckVault } from './check-vault.ts';
import { createCheckWindows } from './check-windows.ts';
import { createCheckInstaller } from './check-installer.ts';
import { createCheckSafetyBackup } from './check-safety-backup.ts';
import { createCommandRun } from './command-run.ts';
import { createClusterCopy } from './cluster-copy.ts';
import { createClusterDumpAll } from './cluster-dump-all.ts';
import { createClusterDump } from './cluster-dump.ts';
import { createClusterStart } from './cluster-start.ts';
import { createDatabasePackageReinstall, createDatabasePackageRemove } from './database-package.ts';
import { createDrillCheckCertificates } from './drill-check-certificates.ts';
import { createDrillCompare } from './drill-compare.ts';
import { createDrillCreateRoles } from './drill-create-roles.ts';
import { createDrillDue } from './drill-due.ts';
import { createDrillFetch } from './drill-fetch.ts';
import { createDrillJudge } from './drill-judge.ts';
import { createDrillRecord } from './drill-record.ts';
import { createClusterRemove, createDrillRemoveCluster } from './drill-remove-cluster.ts';
import { createDrillRemoveFetched } from './drill-remove-fetched.ts';
import { createDrillRestore } from './drill-restore.ts';
import { createDrillStartCluster } from './drill-start-cluster.ts';
import { createDrillVerifyFiles } from './drill-verify-files.ts';
import { createHumanChecklist } from './human-checklist.ts';
import { createHumanConfirm } from './human-confirm.ts';
import { createInstallerRun } from './installer-run.ts';
import { createInstallerRemoveConfig, createInstallerWriteConfig } from './installer-write-config.ts';
import { createLicenseApply } from './license-apply.ts';
import { createNodesRedistribute } from './nodes-redistribute.ts';
import { createNodesReset } from './nodes-reset.ts';
import { createOdbcExport } from './odbc-export.ts';
import { createPostgresCheckSettings } from './postgres-check-settings.ts';
import { createPostgresConfigure } from './postgres-configure.ts';
import { createPostgresCheckDatabases } from './postgres-check-databases.ts';
import { createPostgresCreateDatabases } from './postgres-create-databases.ts';
import { createPostgresCreateRoles } from './postgres-create-roles.ts';
import { createCheckLicense } from './check-license.ts';
import { createCheckNewServer } from './check-new-server.ts';
import { createMoveAddress } from './move-address.ts';
import { createMoveDatabases } from './move-databases.ts';
import { createMoveRoles } from './move-roles.ts';
import { createMoveSettings } from './move-settings.ts';
import { createPostgresDump } from './postgres-dump.ts';
import { createPostgresEvidence } from './postgres-evidence.ts';
import { createPostgresGlobals } from './postgres-globals.ts';
import { createReleaseCheck } from './release-check.ts';
import { createPostgresServerCertificate } from './postgres-server-certificate.ts';
import { createReloadsDrain } from './reloads-drain.ts';
import { createReloadsMissed } from './reloads-missed.ts';
import { createRepositoryAsk } from './repository-ask.ts';
import { createRepositoryBootstrap } from './repository-bootstrap.ts';
import { createRepositoryCompare } from './repository-compare.ts';
import { createRepositoryMigrated } from './repository-migrated.ts';
import { createRepositoryReady } from './repository-ready.ts';
import { createRestoreCheck } from './restore-check.ts';
import { createRestoreForesee } from './restore-foresee.ts';
import { createRestoreVerifyFetched } from './restore-verify-fetched.ts';
import { createServicesAllStopped } from './services-all-stopped.ts';
import { createServicesNeverStarted } from './services-never-started.ts';
import { createRestoreCreateRoles } from './restore-create-roles.ts';
import { createRestoreDocumented } from './restore-documented.ts';
import { createRestoreLoad } from './restore-load.ts';
import { createRestoreSwap } from './restore-swap.ts';
import { createRestoreCertificates } from './restore-certificates.ts';
import { createRestoreConfig } from './restore-config.ts';
import { createServicesSetManual } from './services-set-manual.ts';
import { createServicesSetStartTypesBack } from './services-set-start-types-back.ts';
import { createServicesStart } from './services-start.ts';
import { createRestoreAdmit } from './restore-admit.ts';
import { createPostgresRestarted } from './postgres-restarted.ts';
import { createRestoreLogin } from './restore-login.ts';
import { createRestoreRename } from './restore-rename.ts';
import { createRestoreExtra } from './restore-extra.ts';
import { createRestoreFetch } from './restore-fetch.ts';
import { createRestoreLogs } from './restore-logs.ts';
import { createRestoreRemoveFetched } from './restore-remove-fetched.ts';
import { createRestoreShare } from './restore-share.ts';
import { createRestoreRimConnections } from './restore-rim-connections.ts';
import { createSslSwitch } from './ssl-switch.ts';
import { createCheckSsl } from './check-ssl.ts';
import { createServicesStartStopped } from './services-start-stopped.ts';
import { createServicesStop } from './services-stop.ts';
import { createTopologyCheck } from './topology-check.ts';
import { createVaultBegin } from './vault-begin.ts';
import { createVaultCheckSet } from './vault-check-set.ts';
import { createVaultCommit } from './vault-commit.ts';
import { createVaultCopyExtra } from './vault-copy-extra.ts';
import { createVaultCopyFiles } from './vault-copy-files.ts';
import { createVaultCopyLogs } from './vault-copy-logs.ts';
import { createVaultCopyShare } from './vault-copy-share.ts';
import { createVaultCopyTree } from './vault-copy-tree.ts';
import { createVaultCopyOffsite } from './vault-copy-offsite.ts';
import { createVaultDrill } from './vault-drill.ts';
import { createVaultLock } from './vault-lock.ts';
import { createVaultPrune } from './vault-prune.ts';
import { createVaultRelease } from './vault-release.ts';
import { createVaultSend } from './vault-send.ts';

/** Every word a runbook's `uses` may name. */
export function createActions(c: ActionCollaborators): ActionRegistry {
  const actions = [
    createCheckNodes(),
    createCheckServices(),
    createCheckDatabase(c),
    createCheckDatabaseSecurity(c),
    createCheckTopology(c),
    createCheckLicense(c),
    createCheckClients(c),
    createCheckCertificates(c),
    createCheckShare(c),
    createCheckVault(c),
    createCheckOffsite(c),
    createCheckSpace(c),
    createCheckPrivate(c),
    createCheckWindows(c),
    createCheckInstaller(),
    createCheckSsl(c),
    createSslSwitch(c),
    createCheckSafetyBackup(c),
    createInstallerRun(c),
    createReleaseCheck(),
    createReloadsDrain(c),
    createReloadsMissed(c),
    createServicesStop(c),
    createServicesStartStopped(c),
    createServicesStart(c),
    createServicesSetManual(),
    createServicesSetStartTypesBack(),
    createPostgresDump(c),
    createPostgresEvidence(c),
    createPostgresGlobals(c),
    createPostgresCreateRoles(c),
    createPostgresCreateDatabases(c),
    createPostgresCheckDatabases(c),
    createPostgresConfigure(c),
    createPostgresCheckSettings(c),
    createCheckNewServer(c),
    createMoveRoles(c),
    createMoveSettings(c),
    createMoveDatabases(c),
    createMoveAddress(c),
    createTopologyCheck(c),
    createRepositoryReady(c),
    createRepositoryAsk(c),
    createRepositoryBootstrap(c),
    createRepositoryCompare(c),
    createLicenseApply(c),
    createRepositoryMigrated(c),
    createCertificatesExport(c),
    createCheckRenewal(c),
    createCertificatesRemove(c),
    createCertificatesClearExported(c),
    createCertificatesCheckReplaced(c),
    createNodesRedistribute(c),
    createPostgresServerCertificate(c),
    createOdbcExport(c),
    createVaultBegin(c),
    createVaultCopyTree(c),
    createVaultCopyShare(c),
    createVaultCopyLogs(c),
    createVaultCopyExtra(c),
    createVaultCopyFiles(c),
    createVaultCheckSet(c),
    createVaultCommit(c),
    createVaultSend(c),
    createVaultCopyOffsite(c),
    createVaultPrune(c),
    createVaultLock(c),
    createVaultRelease(c),
    createVaultDrill(c),
    createCheckDrill(c),
    createCheckOldCentral(c),
    createCheckOtherNodes(c),
    createDrillDue(c),
    createDrillFetch(c),
    createDrillVerifyFiles(c),
    createDrillCheckCertificates(c),
    createDrillStartCluster(c),
    createDrillCreateRoles(c),
    createDrillRestore(c),
    createDrillCompare(c),
    createDrillRecord(c),
    createDrillJudge(),
    createDrillRemoveCluster(c),
    createDrillRemoveFetched(c),
    createCheckDataFolder(c),
    createClusterCopy(c),
    createClusterStart(c),
    createClusterDumpAll(c),
    createClusterDump(c),
    createClusterRemove(c),
    createRestoreCreateRoles(c),
    createRestoreLoad(c),
    createRestoreSwap(c),
    createRestoreDocumented(c),
    createRestoreCertificates(c),
    createRestoreRename(c),
    createRestoreFetch(c),
    createRestoreShare(c),
    createRestoreExtra(c),
    createRestoreLogs(c),
    createRestoreRemoveFetched(c),
    createRestoreAdmit(c),
    createPostgresRestarted(c),
    createRestoreLogin(c),
    createRestoreConfig(c),
    createCheckBundledDatabase(c),
    createCheckReplacedDatabase(c),
    createPostgresCheckReplaced(c),
    createDatabasePackageRemove(c),
    createDatabasePackageReinstall(c),
    createInstallerWriteConfig(c),
    createInstallerRemoveConfig(c),
    createNodesReset(c),
    createRestoreRimConnections(c),
    createCommandRun(c),
    createHumanConfirm(c),
    createHumanChecklist(c),
    createCheckRestore(c),
    createCheckSetFiles(c),
    createRestoreVerifyFetched(c),
    createRestoreForesee(c),
    createServicesAllStopped(),
    createServicesNeverStarted(c),
    createRestoreCheck(c),
    // Each has an input and a state of its own; the engine checks the one by its schema and hands the other back as it was given.
  ] as unknown as readonly Action[];
  return new Map(actions.map((action) => [action.name, action]));
}
