import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { ServiceOperation } from '../contract/operation.ts';
import { CERTIFICATE_INDEX, readCertificateIndex } from './certificate-index.ts';
import { LIST_CERTIFICATES, siteCertificates } from './certificates.ts';
import { isDatabase } from './service-order.ts';
import { inSet, setInput } from './set-paths.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';

const input = z.strictObject({ set: setInput, copy: copyInput });

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
export function createServicesNeverStarted(c: PlaceCollaborators): Action<z.infer<typeof input>, null> {
  async function serviceTrouble({ node }: ReadContext): Promise<string[]> {
    const services = (await node.services.list()).filter(({ name }) => !isDatabase(name));
    if (services.length === 0) return ['there are no Qlik Sense services: it is not installed'];
    return services.flatMap(({ name, state, neverStarted }) => {
      if (state !== 'stopped') return [`${name} is ${state}`];
      return neverStarted === false ? [`${name} has run already`] : [];
    });
  }

  async function certificateTrouble(
    { set, copy }: z.infer<typeof input>,
    context: ReadContext,
  ): Promise<string[]> {
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
    describe: () => Promise.resolve({ operations: [SERVICES, LIST_CERTIFICATES], basis: 'assumed' }),
    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const trouble = [
        ...(await context.perform(SERVICES, () => serviceTrouble(context))),
        ...(await context.perform(LIST_CERTIFICATES, () => certificateTrouble(given, context))),
      ];
      if (trouble.length > 0)
        throw new StepError(`${context.node.name}: ${trouble.join('; ')}`, {
          hint: 'Stop the services. Where new certificates were made, `sense-runbook restore` replaces them by those of the set.',
        });
      return {};
    },

    check: () => Promise.resolve('not-done'),
  };
}
