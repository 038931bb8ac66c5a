/** What a journal line is about, the same in every run. */
export function faultName(record: Record<string, unknown>): string;
