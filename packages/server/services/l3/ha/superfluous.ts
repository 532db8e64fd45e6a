/** What was to be made is there already, or is of no use any longer: thrown in a transaction to undo it. */
export class Superfluous extends Error {
  override readonly name = 'Superfluous';

  constructor() {
    super('what was to be made is not needed');
  }
}

/** False where `work` found itself superfluous. */
export async function unlessSuperfluous(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Superfluous) return false;
    throw error;
  }
}
