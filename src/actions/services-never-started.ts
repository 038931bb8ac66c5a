import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { FileOperation, ServiceOperation } from '../contract/operation.ts';
import { parseCompactUtc } from '../foundation/compact-utc.ts';
import { CERTIFICATE_INDEX, readCertificateIndex } from './certificate-index.ts';
import { LIST_CERTIFICATES, siteCertificates } from './certificates.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { findRecentWrite } from './recent-writes.ts';
import { joinPath } from '../site/paths.ts';
import { isDatabase } from './service-order.ts';
import { inSet, setInput } from './set-paths.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** Qlik Sense was installed in this run: log files of before it are of an installation before. */
  'installed-now': z.boolean().default(false),
});

type Input = z.infer<typeof input>;

const SERVICES: ServiceOperation = {
  kind: 'service',
  verb: 'query',
  service: 'every Qlik Sense service',
  effect: 'read',
};

/**
 * Proves that Qlik Sense is installed and that none of its services ever ran here, the database apart: one that ran without
 * the certificates of the set would have made new ones, and passwords of data connections could not be read any more
 * (manual 5.5, p. 198; 5.7 step 2, p. 211).
 */
export function createServicesNeverStarted(
  c: Pick<ActionCollaborators, 'site'> & PlaceCollaborators,
): Action<Input, null> {
  async function serviceTrouble(context: ExecuteContext): Promise<string[]> {
    const services = (await context.node.services.list()).filter(({ name }) => !isDatabase(name));
    if (services.length === 0) return ['there are no Qlik Sense services: it is not installed'];
    const untold = services.filter(
      ({ state, neverStarted }) => state === 'stopped' && neverStarted === undefined,
    );
    if (untold.length > 0)
      context.warn(
        `${context.node.name}: whether they ever ran cannot be told of ${untold.map(({ name }) => name).join(', ')}.`,
        'If one of them ran after the certificates were imported, stop it, and look into the stores: two certificate authorities are the sign.',
      );
    return services.flatMap(({ name, state, neverStarted }) => {
      if (state !== 'stopped') return [`${name} is ${state}`];
      return neverStarted === false ? [`${name} has run already`] : [];
    });
  }

  /** Where a Repository Service writes as soon as it runs (manual 7.4, "Log folder"). */
  function lookAtLog({ node }: ReadContext): FileOperation {
    const path = node.reach(joinPath(c.site.qlik.programDataFolder, 'Log', 'Repository'));
    return { kind: 'file', verb: 'check', path, effect: 'read' };
  }

  /** Windows tells of services only since its own start: log files tell of before. */
  async function logTrouble(given: Input, context: ExecuteContext, signal: AbortSignal): Promise<string[]> {
    const { path } = lookAtLog(context);
    try {
      const newest = await findRecentWrite([path], new Date(0), signal);
      if (newest === undefined) return [];
      const found = `the Repository Service has written ${newest.file} (${newest.at.toISOString()})`;
      const begun = parseCompactUtc(context.run.id.split('-')[0] ?? '');
      if (!given['installed-now'] || begun === undefined || newest.at >= begun) return [found];
      context.warn(
        `${context.node.name}: ${found}, before this run: it is of an installation before.`,
        'If Qlik Sense was installed before this run, a service has run and may have made certificates: `sense-runbook restore` replaces them by those of the set.',
      );
    } catch (error) {
      signal.throwIfAborted();
      context.warn(
        `${context.node.name}: whether a Repository Service has written to ${path} could not be seen: ${factOf(error)}`,
        'Look there yourself: before the first start there are no log files.',
      );
    }
    return [];
  }

  async function certificateTrouble({ set, copy }: Input, context: ReadContext): Promise<string[]> {
    const place = setPlace(c, copy, context);
    const entries = await readCertificateIndex(inSet(place, set, CERTIFICATE_INDEX));
    const ofSet = new Set(entries.map(({ thumbprint }) => thumbprint.toUpperCase()));
    const found = siteCertificates(await context.node.certificates.list(), context.node.host, []);
    return found
      .filter(({ info }) => !ofSet.has(info.thumbprint.toUpperCase()))
      .map(({ info }) => `${info.subject} in ${info.store} is not of the set: a service has made it`);
  }

  return {
    name: 'services.never-started',
    effect: 'read',
    input,
    onCancel: 'kill',
    describe: (_given, context) =>
      Promise.resolve({ operations: [SERVICES, lookAtLog(context), LIST_CERTIFICATES], basis: 'assumed' }),
    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const trouble = [
        ...(await context.perform(SERVICES, () => serviceTrouble(context))),
        ...(await context.perform(lookAtLog(context), (signal) => logTrouble(given, context, signal))),
        ...(await context.perform(LIST_CERTIFICATES, () => certificateTrouble(given, context))),
      ];
      if (trouble.length > 0)
        throw new StepError(`${context.node.name}: ${trouble.join('; ')}`, {
          hint: 'Stop the services. Where new certificates were made, `sense-runbook restore` replaces them by those of the set. Log files that are of an installation before: move them elsewhere, then `sense-runbook resume`.',
        });
      return {};
    },

    check: () => Promise.resolve('not-done'),
  };
}
