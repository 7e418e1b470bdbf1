/** The `hairem` command: starts the process that compose asks for, or does what a user asks. */
import { systemClock } from '../process/system-clock.ts';
import { runCli } from './run-cli.ts';

// `hairem logs -f echo | head` ends its reader first, and that is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  clock: systemClock,
  terminal: {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    width: process.stdout.isTTY ? process.stdout.columns : null,
  },
});
