/** A set-up that cannot go on; the message says what to do. Exit code 2: something is missing here; 1: a child failed. */
export class SetupError extends Error {
  constructor(message, exitCode = 2, options = {}) {
    super(message, options);
    this.name = 'SetupError';
    this.exitCode = exitCode;
  }
}
