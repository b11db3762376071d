/** The accounts of the workload: few, so that commands meet. */
export const ACCOUNTS = ['alice', 'bob', 'carol'] as const;

/** Opened after healing, by probes: whatever happens to it, nothing hides behind it. */
export const PROBE_ACCOUNT = 'dave';

export const ALL_ACCOUNTS = [...ACCOUNTS, PROBE_ACCOUNT] as const;
