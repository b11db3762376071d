/** Where things are kept unless somebody says otherwise, from the folder in which the command or the test was started. */

/** Findings of campaigns and tests, as they come. */
export const FINDINGS_FOLDER = '.faultline/findings';
/** Findings that are kept for good. */
export const REGRESSIONS_FOLDER = 'histories/regressions';
export const GOLDEN_FOLDER = 'histories/golden';
