/** A switch in a query: `?follow`, `?follow=1`, `?follow=true`. */
import * as z from 'zod';

export const flag = z.enum(['', '1', '0', 'true', 'false']).transform((text) => text !== '0' && text !== 'false');
