/*
 * Type checks for values from the store. Any program that can write to the store may have changed them. No function here
 * throws, and none runs code of the value.
 */

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Returns whether a value is a number within these bounds. NaN is not. */
export function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

/** Returns whether a value is a time in milliseconds since 1970 that a Date can represent. */
export function isTime(value: unknown): value is number {
  return isWithin(value, -8.64e15, 8.64e15);
}

/** Returns whether a value is 0, 1, 2, … */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every(isText);
}

/**
 * Returns whether a value that was parsed from JSON is nested deeper than this. Goes through it level by level, so that no
 * depth overflows the stack.
 */
export function isDeeperThan(levels: number, value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one).filter(isNested) : [],
    );
  }
  return false;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
