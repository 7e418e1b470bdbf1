/** From a command line to an exit code: finds the command, gives it its configuration, and says what went wrong. */
import { printable } from '../api/printable.ts';
import { asHairemError, type HairemError } from '../domain/errors/errors.ts';
import { readConfig } from '../process/config.ts';
import { EXIT, type ExitCode, type Surroundings, type Terminal } from './command.ts';
import { COMMANDS } from './command-table.ts';
import { asHere, USUAL_PROJECT } from './local-names.ts';
import { type Parsed, parseCommand } from './parse-command.ts';
import { SERVICES } from './processes.ts';
import { helpText, usageLine, usageText } from './usage.ts';

export async function runCli(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { terminal, env } = surroundings;
  const parsed = parseCommand(argv, { commands: COMMANDS, services: SERVICES.map(({ name }) => name) });
  try {
    return await carryOut(parsed, surroundings);
  } catch (thrown) {
    const error = asHairemError(thrown);
    sayError(terminal, error, env.HAIREM_COMPOSE_PROJECT);
    if (env.HAIREM_LOG_LEVEL === 'debug') terminal.err(String(error.stack));
    return exitCodeOf(error);
  }
}

async function carryOut(parsed: Parsed, surroundings: Surroundings): Promise<ExitCode> {
  const { terminal, env, clock, nodeVersion = process.version, input = process.stdin } = surroundings;
  switch (parsed.kind) {
    case 'help':
      terminal.out(parsed.topic === null ? helpText(COMMANDS) : usageText(parsed.topic));
      return EXIT.ok;
    case 'wrong':
      terminal.err(`hairem: ${printable(parsed.message)}`);
      terminal.err(parsed.spec === null ? 'see `hairem help`' : usageLine(parsed.spec));
      return EXIT.usage;
    case 'service':
      await SERVICES.find(({ name }) => name === parsed.name)?.run();
      return EXIT.ok;
    case 'command': {
      const { spec, words, options } = parsed;
      const config = readConfig(env);
      const command = await spec.load();
      return command({ words, options, json: options.json === true, config, terminal, clock, input, nodeVersion });
    }
  }
}

function sayError(terminal: Terminal, { message, log }: HairemError, composeProject = USUAL_PROJECT): void {
  const [first = '', ...rest] = printable(asHere(message, { composeProject })).split('\n');
  terminal.err(`hairem: error: ${first}`);
  for (const line of [...rest, ...log.map(printable)]) terminal.err(`  ${line}`);
}

function exitCodeOf({ code }: HairemError): ExitCode {
  if (code === 'bad_config') return EXIT.usage;
  if (code === 'not_found') return EXIT.notFound;
  if (code === 'api_unavailable') return EXIT.unreachable;
  return code === 'unauthorized' ? EXIT.unauthorized : EXIT.failed;
}
