/** For what must come, on a machine that has other work. */
export const PATIENTLY = { timeout: 20_000 };
