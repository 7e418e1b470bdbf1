/** The first look at a logic file: sure where it speaks, silent where only running it would tell. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkLogic } from '../../../orchestrator/src/bundle/check-logic.ts';

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
