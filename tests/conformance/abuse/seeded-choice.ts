/** Choices that are the same for the same seed: a failure can be had again. */
export interface Choice {
  /** From 0 up to, and without, `below`. */
  integer(below: number): number;
  /** True in so many of a hundred cases. */
  percent(chance: number): boolean;
  of<T>(items: readonly T[]): T;
  /** One of the values, each as often as its weight says. */
  weighted<T>(items: readonly (readonly [weight: number, value: T])[]): T;
}

/** mulberry32: small, and good enough for choosing. */
export function seededChoice(seed: number): Choice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    integer,
    percent: (chance) => next() * 100 < chance,
    of<T>(items: readonly T[]): T {
      if (items.length === 0) throw new Error('nothing to choose from');
      return items[integer(items.length)] as T;
    },
    weighted<T>(items: readonly (readonly [number, T])[]): T {
      let left = next() * items.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of items) {
        left -= weight;
        if (left < 0) return value;
      }
      return items.at(-1)?.[1] as T;
    },
  };
}
