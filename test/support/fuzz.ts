/** How often a property is tried. The suite runs a short form. `npm run fuzz` sets FUZZ_SCALE and FUZZ_SEED. */
export function fuzz(runs: number): { numRuns: number; seed?: number } {
  const seed = process.env.FUZZ_SEED;
  return {
    numRuns: Math.ceil(runs * Number(process.env.FUZZ_SCALE ?? 1)),
    ...(seed ? { seed: Number(seed) } : {}),
  };
}
