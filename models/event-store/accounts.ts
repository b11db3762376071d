/** The accounts of the workload: few, so that commands meet. */
export const ACCOUNTS = ['alice', 'bob', 'carol'] as const;
