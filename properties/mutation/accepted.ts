/** Mutants of the checkers that no test can or need catch, and why. `npm run mutation` lists all others that survive. */

export interface Accepted {
  /** Matches the path of the file; all files without it. */
  readonly file?: RegExp;
  /** Matches the line that was changed. */
  readonly line: RegExp;
  /** Stryker's names of what was changed there. */
  readonly mutators: readonly string[];
  /** Matches what was put there instead; anything without it. */
  readonly replacement?: RegExp;
  readonly why: string;
}

export const accepted: readonly Accepted[] = [
  {
    line: /[\])]\?\./,
    mutators: ['OptionalChaining'],
    why: 'An index or key that is always there, which the compiler cannot see.',
  },
  {
    line: /\?\? (\[\]|0|-1|INITIAL|Infinity)/,
    mutators: ['ArrayDeclaration', 'LogicalOperator', 'UnaryOperator'],
    replacement: /Stryker was here|&&|^\+1$/,
    why: 'A fallback for what is always there, which the compiler cannot see.',
  },
  {
    line: /spec\.partition\?\.\(operation\) \?\? ''/,
    mutators: ['StringLiteral'],
    why: 'Any name does for the only key of an object that has no keys.',
  },
  {
    line: /spec\.initial \?\? null/,
    mutators: ['LogicalOperator'],
    why: 'No specification here starts with undefined, and null is what it would be read as.',
  },
  {
    file: /staleness\.ts$/,
    line: /returned|recorded\.index/,
    mutators: ['EqualityOperator'],
    replacement: /<=|>=|> read\.index/,
    why: 'No two entries of a history have the same index, so that < and <= say the same of calls and returns.',
  },
  {
    file: /staleness\.ts$/,
    line: /filter\(\(\[, \{ returned \}\]\) => returned < Infinity\)/,
    mutators: ['ConditionalExpression', 'MethodExpression'],
    why: 'What never returned sorts last, and is never reached: the filter saves time.',
  },
  {
    file: /staleness\.ts$/,
    line: /writes\.length - 1; place >= 0|at < this\.sums\.length/,
    mutators: ['ArithmeticOperator', 'EqualityOperator'],
    why: 'Typed arrays ignore what is written behind their end.',
  },
  {
    file: /staleness\.ts$/,
    line: /one\.ageMicros > most\.ageMicros/,
    mutators: ['ConditionalExpression', 'EqualityOperator'],
    replacement: /^true$|>=/,
    why: 'Of reads that are equally old, any may be told; the last is the stalest in most histories.',
  },
  {
    file: /visible-writes\.ts$/,
    line: /word << 5 < high|this\.from < this\.numbered\.length/,
    mutators: ['EqualityOperator'],
    replacement: /<=/,
    why: 'The mask of a word behind the range is empty; one more block is empty, too.',
  },
  {
    file: /consistency\.ts$/,
    line: /against|last\.to < from|low < high|const within/,
    mutators: [
      'ConditionalExpression',
      'EqualityOperator',
      'LogicalOperator',
      'MethodExpression',
      'ArrowFunction',
      'ArithmeticOperator',
    ],
    why: 'Stretches that are longer than they need be, or visited twice, cost time and change no verdict.',
  },
  {
    file: /explanation\.ts$/,
    line: /attemptMax|explanationMax|budget|window|WINDOW_MIN|chunk|const bound|trailsFrom|ANSWERED_MAX/,
    mutators: [
      'ArithmeticOperator',
      'AssignmentOperator',
      'ConditionalExpression',
      'EqualityOperator',
      'MethodExpression',
      'ObjectLiteral',
      'StringLiteral',
    ],
    why: 'What shrinking a violation may cost, and in which order parts are left out: the result may be larger, never wrong.',
  },
  {
    file: /state-table\.ts$/,
    line: /compare\.equal === undefined|const hash =|bucket === undefined/,
    mutators: ['BlockStatement', 'ConditionalExpression', 'EqualityOperator', 'LogicalOperator'],
    why: 'Primitive states are looked up without a hash: the long way finds the same.',
  },
];
