import { SERVER_FACTS } from '../postgres/facts.ts';
import { sqlLook } from './sql-operation.ts';

/** How a server is asked what it is, and which databases it has. */
export const ASK_SERVER = sqlLook('postgres', SERVER_FACTS);
