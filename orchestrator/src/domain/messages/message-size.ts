/** How large an answer of a service may be; by itself, so that who needs the number loads no schemas. */

/** An answer is one message on the bus; this much of it is for the envelope around it. */
export const LARGEST_RESULT_BYTES = 1024 * 1024 - 1024;
