import { formatCount, formatLocalTime } from '../foundation/human.ts';
import type { Standing } from '../vault/restic/standing.ts';

/** Where a copy stands, in one line for `status`. */
export function copyText({ name, lastSet, sentAt, lastProven, behind, failed }: Standing): string {
  const last =
    lastSet === undefined
      ? 'nothing sent yet'
      : `last set ${lastSet}${sentAt === undefined ? '' : `, sent ${formatLocalTime(sentAt)}`}`;
  const missing = behind === 0 ? '' : `, ${formatCount(behind, 'set')} behind`;
  const proof =
    lastSet === undefined
      ? ''
      : lastProven === undefined
        ? ', never proven from there'
        : `, proven from there ${formatLocalTime(lastProven.at)}`;
  const why =
    failed === undefined
      ? ''
      : `; failed ${formatLocalTime(failed.at)}: ${failed.message.replace(/\.$/, '')}`;
  return `copy ${name}: ${last}${missing}${proof}${why}`;
}

/** The same as a warning; undefined when nothing is missing there. */
export function copyWarning(standing: Standing): string | undefined {
  return standing.behind > 0 || standing.failed !== undefined ? copyText(standing) : undefined;
}
