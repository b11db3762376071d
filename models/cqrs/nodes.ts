/** The nodes by name, and the few things that the workload is about. */
export const API = 'api';
export const ORDERS = 'orders';
export const RELAY = 'relay';
export const TABLE = 'table';
export const SEARCH = 'search';
export const CACHE = 'cache';

export const NODES = [API, ORDERS, RELAY, TABLE, SEARCH, CACHE] as const;

/** To whom the relay publishes. The cache is not among them: it follows the table, not the log. */
export const SUBSCRIBERS = [TABLE, SEARCH] as const;
export type Subscriber = (typeof SUBSCRIBERS)[number];

/** Few, so that commands and queries meet; enough for a customer's orders to fill several pages. */
export const ORDER_IDS = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6', 'o7', 'o8'] as const;
export const CUSTOMERS = ['ann', 'bob'] as const;
export const WORDS = ['chair', 'lamp'] as const;

/** Placed after healing, by a probe: whatever happens to it, nothing hides behind it. */
export const PROBE_ORDER = 'probe';
