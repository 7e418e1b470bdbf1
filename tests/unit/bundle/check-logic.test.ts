/** The first look at a logic file: sure where it speaks, silent where only running it would tell. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkLogic } from '../../../orchestrator/src/bundle/code/check-logic.ts';
import { assertLinear } from '../../support/builders/cost.ts';

const said = (file: 'logic.py' | 'logic.ts', text: string) =>
  checkLogic(file, Buffer.from(text)).map(({ line, message }) => (line === null ? message : `${line}: ${message}`));

describe('logic.py', () => {
  const faults = {
    'from hairem import BaseAgent\n\nclass Lamp(BaseAgent):\n    pass\n':
      '3: expected class Agent(BaseAgent), found class Lamp',
    'import hairem\nclass Agnet(hairem.BaseAgent): pass\n': '2: expected class Agent(BaseAgent), found class Agnet',
    'x = 1\n': 'expected class Agent(BaseAgent)',
    '': 'expected class Agent(BaseAgent)',
    '\nclass Agent:\n    pass\n': '2: expected class Agent to extend BaseAgent: class Agent(BaseAgent)',
    'class Agent ( ) :\n    pass\n': '1: expected class Agent to extend BaseAgent: class Agent(BaseAgent)',
  };
  for (const [text, fault] of Object.entries(faults)) {
    test(`${JSON.stringify(text)}: ${fault}`, () => assert.deepEqual(said('logic.py', text), [fault]));
  }
  for (const text of [
    'class Agent(BaseAgent): pass\n',
    'class Agent(\n    Polite, BaseAgent\n): pass\n',
    'from lib.lamp import Lamp as Agent\n',
    'from lib.lamp import (\n    Agent,\n)\n',
    'from lib.lamp import *\n',
    'Agent = make_agent()\n',
    'class Agent:\n    pass\n\nAgent = type("Agent", (BaseAgent,), {})\n',
    'if True:\n    class Agent(BaseAgent): pass\n',
    '# class Agent comes later\n',
    'exec(open("agent.txt").read())\n',
    'class Agent(\n', // the runtime names the line
  ]) {
    test(`${JSON.stringify(text)} is for the runtime to judge`, () => assert.deepEqual(said('logic.py', text), []));
  }
});

describe('logic.ts', () => {
  const faults = {
    'export class Lamp extends BaseAgent {}\n': '1: expected export class Agent extends BaseAgent, found class Lamp',
    '': 'expected export class Agent extends BaseAgent',
    '\nclass Agent extends BaseAgent {}\n': '2: class Agent is not exported: export class Agent',
    'export class Agent {\n}\n': '1: expected class Agent to extend BaseAgent: export class Agent extends BaseAgent',
  };
  for (const [text, fault] of Object.entries(faults)) {
    test(`${JSON.stringify(text)}: ${fault}`, () => assert.deepEqual(said('logic.ts', text), [fault]));
  }
  for (const text of [
    'export class Agent extends BaseAgent {}\n',
    'class Agent extends BaseAgent {}\nexport { Agent };\n',
    'class Lamp extends BaseAgent {}\nexport { Lamp as Agent };\n',
    "export * from './lib/lamp.ts';\n",
    "export { Agent } from './lib/lamp.ts';\n",
    'export const Agent = class extends BaseAgent {};\n',
    'export class Agent<T> extends BaseAgent {}\n',
    'export class Agent\n  extends Polite {}\n',
  ]) {
    test(`${JSON.stringify(text)} is for the runtime to judge`, () => assert.deepEqual(said('logic.ts', text), []));
  }
});

/** A pattern that begins anew at every blank or word would take minutes for these, for ten megabytes of them days. */
const filled = (size: number, head: string, unit: string) =>
  head + unit.repeat(Math.ceil((size - head.length) / unit.length));
const HOSTILE: Readonly<Record<string, (size: number) => string>> = {
  'blank lines': (size) => filled(size, 'x = "Agent"', '\n'),
  'spaces behind the class': (size) => filled(size, 'class Agent', ' '),
  'lines behind the class': (size) => filled(size, 'class Agent', '\n'),
  'spaces behind its bracket': (size) => filled(size, 'class Agent (', ' '),
  'imports of nothing': (size) => filled(size, 'Agent\n', 'import '),
  'exports of nothing': (size) => filled(size, 'class Agent\n', 'export '),
  'stars apart': (size) => filled(size, '', 'export  '),
  'classes with open brackets': (size) => filled(size, '', 'class A(\n'),
  'classes that extend nothing': (size) => filled(size, '', 'class A extends \n'),
  'a long class name': (size) => filled(size, 'class ', 'A'),
  'tabs before nothing': (size) => filled(size, 'Agent\n', '\t'),
  'carriage returns': (size) => filled(size, 'Agent\n', '\r'),
  semicolons: (size) => filled(size, 'Agent', ';'),
  hashes: (size) => filled(size, 'Agent', '#\n'),
};

describe('no text costs more than its length', () => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    test(name, () =>
      assertLinear((size) => {
        for (const file of ['logic.py', 'logic.ts'] as const) checkLogic(file, Buffer.from(text(size)));
      }, 100_000),
    );
  }
});
