import path from 'node:path';
import type { ReadContext } from '../contract/action.ts';
import type { ActionCollaborators } from './collaborators.ts';

/** Folder of a run for what its rollback may need: exported certificates, configuration, old values. */
export function safetyFolder(
  { stateFolder }: Pick<ActionCollaborators, 'stateFolder'>,
  { run }: Pick<ReadContext, 'run'>,
): string {
  return path.join(stateFolder, 'runs', run.id, 'safety');
}
