/** What a stage may say to the process's log: a message that does not vary, and fields that do. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type Write = (message: string, fields?: Readonly<Record<string, unknown>>) => void;
export type Log = Readonly<Record<LogLevel, Write>>;
