/** Why a run stopped where nobody said stop: Ctrl+D at the question, or a terminal that went away. */
export const CLOSED = 'the question was closed without an answer';
