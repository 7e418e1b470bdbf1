/** What Redis tells of its connections, its work and what it refused. */

export interface BusCounts {
  connections: number;
  /** These since Redis began: commands that it ran. */
  commands: number;
  /** What it answered with an error: a command that it refused is not among those that it ran. */
  errors: number;
  /** Connections that it let in. */
  opened: number;
  /** What it read. */
  bytes: number;
}

export interface BusConnection {
  /** Redis' number of it. */
  id: string;
  /** `default` for one that has not said who it is. */
  user: string;
  /** Where it comes from, without the port. */
  address: string;
  /** It has subscribed to something. */
  listens: boolean;
  ageSeconds: number;
  /** Sent to it, and not read by it so far. */
  unreadBytes: number;
  /** Of commands that it has begun to send. */
  unfinishedBytes: number;
  /** Answers and messages that Redis has not handed to the network yet. */
  unsentBytes: number;
}

export interface BusRefusal {
  /** The user, or for `auth` the name that was tried. */
  user: string;
  address: string;
  /** `command`, `channel`, `key` or `auth`. */
  reason: string;
  /** The command, channel or key. An agent's own words, up to 1 MiB. */
  object: string;
  count: number;
}
