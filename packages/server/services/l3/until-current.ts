/** What a transaction was made ready for is not so any longer: it has to be made ready anew. */
export class OutOfDate extends Error {
  override readonly name = 'OutOfDate';

  constructor() {
    super('what the change rests on has changed');
  }
}

const attempts = 10;

/** Repeats work that found itself out of date: it decides from what it reads before its transaction, and checks that behind a lock. */
export async function untilCurrent<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof OutOfDate) || attempt >= attempts) throw error;
    }
  }
}
