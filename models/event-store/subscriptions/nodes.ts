/** The nodes by name, beside the store. */
export const REPLICA = 'replica';
/** Projections with a state: one counts what was paid out, the other counts events. */
export const TURNOVER = 'turnover';
export const CENSUS = 'census';

export const SUBSCRIPTION = 'subscription';
export const CONSUMERS = ['consumer1', 'consumer2', 'consumer3'] as const;
