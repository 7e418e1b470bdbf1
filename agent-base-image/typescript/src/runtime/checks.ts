/** What a field of a word may be (wire.ts). */
import { isFields } from '../message.ts';

export type Check = (value: unknown) => boolean;

export const text: Check = (value) => typeof value === 'string';
export const note: Check = (value) => value === null || text(value);
export const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
export const whole: Check = (value) => Number.isSafeInteger(value);
export const listed =
  (each: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(each);
export const texts: Check = (value) => isFields(value) && Object.values(value).every(text);
export const profile: Check = (value) => isFields(value) && text(value.name) && isFields(value.config);
export const flag: Check = (value) => typeof value === 'boolean';
export const pair: Check = (value) => Array.isArray(value) && value.length === 2 && text(value[0]);
export const entry: Check = (value) =>
  isFields(value) && [value.id, value.role, value.text, value.who, value.when].every(text);
export const window: Check = (value) => value === 'open' || value === 'closed';
