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
  nameBytes: 255,
  /** YAML, JSON and ignore files, before they are parsed. */
  textBytes: 64 * 1024,
  /** Lexical tokens of one YAML file: what keeps a hostile 64 KB from blocking the event loop. */
  yamlTokens: 10_000,
  yamlDepth: 32,
  yamlAliases: 10,
  ignorePatterns: 200,
  /** Problems reported per bundle; more are summed up in one line. */
  problems: 50,
} as const;
