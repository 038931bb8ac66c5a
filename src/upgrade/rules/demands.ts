import { CONTENT_DEMANDS } from './demands-content.ts';
import { DATABASE_DEMANDS } from './demands-database.ts';
import { POSTGRES_DEMANDS } from './demands-postgres.ts';
import { REQUIREMENT_DEMANDS } from './demands-requirements.ts';
import { SETUP_DEMANDS } from './demands-setup.ts';
import type { DemandRule } from './rule.ts';

/** What hops demand, in the order in which a plan lists it. */
export const DEMAND_RULES: readonly DemandRule[] = [
  ...SETUP_DEMANDS,
  ...REQUIREMENT_DEMANDS,
  ...CONTENT_DEMANDS,
  ...DATABASE_DEMANDS,
  ...POSTGRES_DEMANDS,
];
