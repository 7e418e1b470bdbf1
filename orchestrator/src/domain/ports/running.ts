/** What a process is working on, written down so that the next life of it knows what it died of. */

export interface RunningLog {
  /** At how many ends of the process, or of what ran it, this was running; infinite for what is condemned. */
  deathsOf(key: string): number;
  /** Written down when it returns. */
  begin(key: string): void;
  end(key: string): void;
  /** What ran it has died; it may be run again, alone. */
  died(key: string): void;
  /** It was alone when what ran it died: it is not run again. */
  condemn(key: string): void;
  /** Starts of the process within the last minute that followed no end in order, this one included. */
  crashes(): number;
  /** What was running at those ends, the most often first. */
  suspects(): readonly string[];
  /** The process ends in order: what is running is given up, and nobody's fault. */
  close(): void;
}

/** Of restarts of a process, and of deaths of one child. */
export const CRASH_WINDOW_MS = 60_000;
export const MOST_CRASHES = 3;
/** Requests of the services: the only one that ran at a death counts twice, since others may be bystanders. */
export const weighCompany = (company: number): number => (company === 1 ? 2 : 1);
/** Two deaths alone, or four with others. */
export const MOST_WEIGHT = 4;
/** What was running at two deaths, the second time alone, is not run a third time. */
export const MOST_DEATHS = 2;
