/** Waits for all; a failure is thrown when nothing runs any more: nothing may go on behind the end of the step. */
export async function allOrFirstFailure<T>(work: readonly Promise<T>[]): Promise<T[]> {
  try {
    return await Promise.all(work);
  } catch (error) {
    await Promise.allSettled(work);
    throw error;
  }
}
