import { ExpectedError } from '../contract/errors.ts';
import type { ErrorDetails } from '../contract/errors.ts';

/** The database refused a statement, or the connection was lost; `sqlState` is PostgreSQL's five characters. */
export class DatabaseError extends ExpectedError {
  readonly sqlState: string | undefined;

  constructor(message: string, sqlState: string | undefined, details: ErrorDetails = {}) {
    super(message, details);
    this.sqlState = sqlState;
  }
}
