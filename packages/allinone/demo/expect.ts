export function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
