/** How much a bundle may be (SECURITY.md, Inputs): every stage of reading refuses what goes beyond. */

const MIB = 1024 * 1024;

export const LIMITS = {
  /** Path segments below the bundle folder. */
  depth: 16,
  files: 5_000,
  /** Everything looked at, left-out files included: bounds the walk itself. */
  entries: 20_000,
  fileBytes: 10 * MIB,
  totalBytes: 50 * MIB,
  /** One file of TypeScript: taking its types out costs a quarter of a second for each 2 MiB. */
  typeScriptBytes: 2 * MIB,
  /** All TypeScript of a bundle. */
  typeScriptTotalBytes: 8 * MIB,
  /** One file whose imports are looked at: the cost of a hostile one grows with its square. Of a larger one nothing is said. */
  outlineBytes: 128 * 1024,
  outlineTotalBytes: MIB,
  nameBytes: 255,
  /** YAML, JSON and ignore files, before they are parsed. */
  textBytes: 64 * 1024,
  /** A lock file, or requirements.txt, which may be one. */
  lockBytes: 4 * MIB,
  /** Lexical tokens of one YAML file: what keeps a hostile 64 KB from blocking the event loop. */
  yamlTokens: 10_000,
  yamlDepth: 32,
  yamlAliases: 10,
  ignorePatterns: 200,
  /** Characters of one pattern. */
  ignorePatternLength: 1024,
  /** Characters compared in one walk: what keeps patterns and names from multiplying. */
  ignoreSteps: 20_000_000,
  /** Left-out files that are listed; more are counted. */
  leftOut: 1_000,
  /** Problems reported per bundle; more are summed up in one line. */
  problems: 50,
} as const;
