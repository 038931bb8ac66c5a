import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EVIDENCE_FILE, readEvidenceFile } from '../actions/evidence-file.ts';
import type { SetFacts } from '../report/set-view.ts';
import { readHistory } from '../vault/history.ts';
import type { SetSource, SetSummary } from '../vault/vault.ts';

/** Reads what a complete set tells of itself besides its manifest. One that is no folder here only tells its history. */
export async function readSetFacts(
  { id, path }: Pick<SetSummary, 'id' | 'path'>,
  sets: Pick<SetSource, 'historyFolder'>,
): Promise<Omit<SetFacts, 'manifest'>> {
  const history = await readHistory(sets.historyFolder(id));
  const folder = await stat(path).catch(() => undefined);
  if (folder?.isDirectory() !== true)
    return { evidence: undefined, history, evidenceProblem: 'the set is not fetched' };
  const evidence = await readEvidenceFile(join(path, EVIDENCE_FILE));
  if (evidence.kind === 'found') return { history, evidence: evidence.evidence.databases };
  const evidenceProblem = evidence.kind === 'none' ? 'none' : evidence.problem;
  return { history, evidence: undefined, evidenceProblem };
}
