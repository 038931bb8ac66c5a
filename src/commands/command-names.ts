/** What may stand after `sense-runbook`, in the order of the help. */
export const COMMAND_NAMES = [
  'init',
  'doctor',
  'runbooks',
  'plan',
  'run',
  'resume',
  'rollback',
  'recover',
  'cleanup',
  'runs',
  'backup',
  'backups',
  'restore',
  'upgrade',
  'status',
  'secret',
  'schedule',
  'demo',
] as const;

/** The name of a command. */
export type CommandName = (typeof COMMAND_NAMES)[number];
