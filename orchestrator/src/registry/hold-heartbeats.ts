/**
 * A registry that reads heartbeats when somebody reads the registry. They come all the time and change what a record
 * shows of an instance, which mostly nobody looks at: of each agent the newest two are held (between them lies what its
 * processor was used for) and applied before the record is read, before what else happens to that agent, and at once while
 * somebody follows all events.
 */
import type { AgentId } from '../domain/agent.ts';
import type { RegistryEvent } from '../domain/event.ts';
import type { Registry } from '../domain/ports/agents-control.ts';

const NEEDED = 2;

export function holdHeartbeats(registry: Registry): Registry {
  const held = new Map<AgentId, RegistryEvent[]>();
  let followers = 0;

  const settle = (id: AgentId) => {
    const beats = held.get(id) ?? [];
    held.delete(id);
    for (const beat of beats) registry.apply(beat);
  };
  const settleAll = () => {
    for (const id of [...held.keys()]) settle(id);
  };
  const follow: Registry['subscribe'] = (listener) => {
    settleAll();
    followers += 1;
    const leave = registry.subscribe(listener);
    let isHere = true;
    return () => {
      if (isHere) followers -= 1;
      isHere = false;
      leave();
    };
  };
  return {
    ...registry,
    list() {
      settleAll();
      return registry.list();
    },
    get(id) {
      settle(id);
      return registry.get(id);
    },
    revision() {
      settleAll();
      return registry.revision();
    },
    subscribe: (listener, without) => (without ? registry.subscribe(listener) : follow(listener)),
    apply(event) {
      if (event.type === 'heartbeat' && followers === 0)
        held.set(event.agent, [...(held.get(event.agent) ?? []), event].slice(-NEEDED));
      else {
        if ('agent' in event) settle(event.agent);
        registry.apply(event);
      }
    },
  };
}
