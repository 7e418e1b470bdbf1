/**
 * The log (BUS.md, rule 2): everything unfinished, whoever owns it, with the indexes that keep the cost of a
 * message constant. Only this file writes the indexes.
 */
import type { Entry, LogBook } from './state.ts';

export function emptyLog(): LogBook {
  return {
    all: new Map(),
    own: new Map(),
    lanes: new Map(),
    ids: new Map(),
    running: new Set(),
    suspects: new Set(),
    bytes: 0,
  };
}

/** Adds a delivery: its ordinal is higher than any other. */
export function add(log: LogBook, entry: Entry, inst: number): void {
  log.all.set(entry.ordinal, entry);
  if (entry.owner === inst) log.own.set(entry.ordinal, entry);
  const lane = log.lanes.get(entry.sender);
  if (lane) lane.push(entry);
  else log.lanes.set(entry.sender, [entry]);
  log.ids.set(entry.message.id, (log.ids.get(entry.message.id) ?? 0) + 1);
  log.bytes += entry.bytes;
}

export function forget(log: LogBook, entry: Entry): void {
  log.all.delete(entry.ordinal);
  log.own.delete(entry.ordinal);
  log.running.delete(entry);
  log.suspects.delete(entry);
  log.bytes -= entry.bytes;
  forgetId(log, entry.message.id);
  const lane = log.lanes.get(entry.sender);
  if (!lane) return;
  const at = lane.indexOf(entry); // mostly 0: a lane is finished from its front
  if (at >= 0) lane.splice(at, 1);
  if (lane.length === 0) log.lanes.delete(entry.sender);
}

function forgetId(log: LogBook, id: string): void {
  const count = log.ids.get(id) ?? 0;
  if (count > 1) log.ids.set(id, count - 1);
  else log.ids.delete(id);
}

export function setRunning(log: LogBook, entry: Entry): void {
  entry.running = true;
  log.running.add(entry);
}

/** After owners changed: `own` must be in the order of the stream, and old entries may have come to it. */
export function indexOwn(log: LogBook, inst: number): void {
  log.own.clear();
  log.running.clear();
  log.suspects.clear();
  for (const entry of log.all.values()) {
    if (entry.owner !== inst) continue;
    log.own.set(entry.ordinal, entry);
    if (entry.running) log.running.add(entry);
    if (isSuspect(entry)) log.suspects.add(entry);
  }
}

export function oldestOwn(log: LogBook): Entry | null {
  return log.own.values().next().value ?? null;
}

/** Rule 12: it may have been in flight at two deaths. */
export function isSuspect(entry: Entry): boolean {
  return entry.deaths >= 2;
}
