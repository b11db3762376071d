/** The promises by name, as properties, mutants and reports speak of them. */
export const PROMISES = {
  cache: 'after healing, the cache holds no row that is out of date',
  index: 'after healing, the search index equals the table of orders',
  unique: 'no two documents have the same code',
  versions: 'the version of a document never goes back',
  service: "after healing, the other service's table equals the table of customers",
  fenced: 'nobody writes to a partition after its next owner has',
  warehouse: 'after healing, the warehouse has every version of every order, once',
  audit: 'after healing, the audit log has every change of an order once, in chains',
  events: 'after healing, each change of an order made its event exactly once',
  order: 'in each partition the changes of a key are in their order, but for repetition',
  lag: 'after healing, no consumer lags',
  onceTrue: 'what the cache answers was true once',
} as const;
