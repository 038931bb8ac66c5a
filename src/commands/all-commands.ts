import { declareBackup } from './backup.ts';
import { declareBackups } from './backups.ts';
import { declareCleanup } from './cleanup.ts';
import { declareDemo } from './demo.ts';
import { declareDoctor } from './doctor.ts';
import { declareInit } from './init.ts';
import { declarePlan } from './plan.ts';
import { declareRecover } from './recover.ts';
import { declareResume } from './resume.ts';
import { declareRestore } from './restore.ts';
import { declareRollback } from './rollback.ts';
import { declareRun } from './run.ts';
import { declareRunbooks } from './runbooks.ts';
import { declareRuns } from './runs.ts';
import { declareSchedule } from './schedule.ts';
import { declareSecret } from './secret.ts';
import { declareStatus } from './status.ts';
import { declareUpgrade } from './upgrade.ts';
import type { CommandName } from './command-names.ts';
import type { Commands } from './program.ts';

/** Every command. */
export const COMMANDS = {
  init: declareInit,
  doctor: declareDoctor,
  runbooks: declareRunbooks,
  plan: declarePlan,
  run: declareRun,
  resume: declareResume,
  rollback: declareRollback,
  recover: declareRecover,
  cleanup: declareCleanup,
  runs: declareRuns,
  backup: declareBackup,
  backups: declareBackups,
  restore: declareRestore,
  upgrade: declareUpgrade,
  status: declareStatus,
  secret: declareSecret,
  schedule: declareSchedule,
  demo: declareDemo,
} satisfies Commands & Readonly<Record<CommandName, unknown>>;
