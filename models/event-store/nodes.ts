/** The nodes by name. */
export const STORE = 'store';
export const PROJECTIONS = ['projection1', 'projection2'] as const;
