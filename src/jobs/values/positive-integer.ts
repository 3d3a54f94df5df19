import { invalidOption } from './errors.js';

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function positiveInteger(value: number, option: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw invalidOption(`${option} is ${String(value)}. Use a whole number of 1 or more.`);
}
