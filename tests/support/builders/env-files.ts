/** Files of settings as people and their tools leave them, and what compose makes of each: one line a case. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are for compose

export interface EnvFile {
  what: string;
  text: string;
  /** What A is then; null where it is not set. */
  a: string | null;
  /** What the shell has set besides. */
  shell?: Readonly<Record<string, string>>;
}

const CASES: readonly [what: string, text: string, a: string | null, shell?: Record<string, string>][] = [
  ['a value', 'A=one\n', 'one'],
  ['no end of line', 'A=one', 'one'],
  ['nothing', '', null],
  ['an empty value', 'A=\n', ''],
  ['another name', 'AB=one\nBA=two\n', null],
  ['a byte order mark', '\uFEFFA=one\n', 'one'],
  ['a byte order mark and a comment', '\uFEFF# mine\nA=one\n', 'one'],
  ['CRLF', 'B=x\r\nA=one\r\n', 'one'],
  ['CRLF behind quotes', 'A="one"\r\nB=x\r\n', 'one'],
  ['blanks around it', '  A =  one  \n', 'one'],
  ['a tab behind it', 'A=one\t\n', 'one'],
  ['export', 'export A=one\n', 'one'],
  ['export and more blanks', 'export   A=one\n', 'one'],
  ['a colon', 'A: one\n', 'one'],
  ['a comment behind it', 'A=one # two\n', 'one'],
  ['a sign that begins no comment', 'A=one#two\n', 'one#two'],
  ['a comment line', '# A=one\n', null],
  ['only a sign', 'A=#one\n', '#one'],
  ['double quotes', 'A="one # two"  # three\n', 'one # two'],
  ['single quotes', "A='one # two'\n", 'one # two'],
  ['quotes in it', 'A=one "two" three\n', 'one "two" three'],
  ['an apostrophe in it', "A=it's\n", "it's"],
  ['escapes in double quotes', 'A="a\\"b\\\\c\\td"\n', 'a"b\\c\td'],
  ['an escape in single quotes', "A='a\\tb'\n", 'a\\tb'],
  ['several lines', 'A="one\ntwo"\nB=x\n', 'one\ntwo'],
  ['several lines before it', 'B="\nA=no\n"\nA=one\n', 'one'],
  ['it twice', 'A=one\nA=two\n', 'two'],
  ['another variable', 'B=one\nA=${B} two\n', 'one two'],
  ['another variable without braces', 'B=one\nA=$B-two\n', 'one-two'],
  ['another variable in double quotes', 'B=one\nA="${B} two"\n', 'one two'],
  ['another variable in single quotes', "B=one\nA='${B} two'\n", '${B} two'],
  ['one that comes later', 'A=${B}x\nB=one\n', 'x'],
  ['one that is not set', 'A=${B}x\n', 'x'],
  ['a default', 'A=${B:-one}\n', 'one'],
  ['a default for what is empty', 'B=\nA=${B:-one}\n', 'one'],
  ['a default for what is not set', 'B=\nA=${B-one}x\n', 'x'],
  ['a default in a default', 'C=one\nA=${B:-${C:-two}}\n', 'one'],
  ['a default with blanks', 'A=${B:-one two}\n', 'one two'],
  ['another text where it is set', 'B=x\nA=${B:+one}\n', 'one'],
  ['another text where it is not', 'A=${B:+one}x\n', 'x'],
  ['a dollar', 'A=a$$b\n', 'a$b'],
  ['a dollar in double quotes', 'A="a$$b"\n', 'a$b'],
  ['a dollar that is escaped', 'B=x\nA="a\\$B"\n', 'a$B'],
  ['a backslash', 'A=C:\\bundles\n', 'C:\\bundles'],
  ['the shell says it', 'A=one\n', 'two', { A: 'two' }],
  ['the shell says nothing of it', 'A=one\n', '', { A: '' }],
  ['the shell says the other', 'B=one\nA=${B}x\n', 'twox', { B: 'two' }],
  ['zeros', 'A=0042\n', '0042'],
  ['a long number', 'A=1144027923840143361\n', '1144027923840143361'],
  ['a URL', 'A=http://mirror.home:3141/root/+simple/?a=b&c=d\n', 'http://mirror.home:3141/root/+simple/?a=b&c=d'],
];

export const ENV_FILES: readonly EnvFile[] = CASES.map(([what, text, a, shell]) => ({
  what,
  text,
  a,
  ...(shell ? { shell } : {}),
}));
