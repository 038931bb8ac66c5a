import * as z from 'zod';
import { siteFileSchema } from './file-schema.ts';

/** The site file as JSON Schema, for editors: `templates/site.schema.json`. Rules between keys are not in it. */
export function siteJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(siteFileSchema, { io: 'input' });
  return { ...schema, title: 'A site file of sense-runbook' };
}
