// What an estimate assumes of the load, where the resources themselves do not say. The seeds' figures; every
// one of them is printed with the estimate and can be changed by an option.

export interface Usage {
  /** Of clients, at the API. Seeds: 500. */
  readonly requestsPerSecond: number;
  /** Into the stream. Seed 003: 50,000 at its peak; this is the mean. */
  readonly eventsPerSecond: number;
  readonly webGbPerMonth: number;
  readonly logsGbPerMonth: number;
  readonly natGbPerMonth: number;
  readonly storedGb: number;
  readonly users: number;
  /** WebSocket connections that are open, on average. */
  readonly connections: number;
  /** People who change dashboards. */
  readonly operators: number;
  /** Into Prometheus: 5,000 series, one sample of each every fifteen seconds. */
  readonly samplesPerSecond: number;
  /** That GuardDuty reads: of the account's API, and of the network's flow. */
  readonly auditedMillionsPerMonth: number;
  readonly flowLogGbPerMonth: number;
  /** Of the database's range between its least and its most capacity, on average. */
  readonly databaseLoad: number;
  /** Hours a month in which the warehouse loads and answers. Three a day: an assumption, not a measurement. */
  readonly warehouseHours: number;
}

export const usual: Usage = {
  requestsPerSecond: 500,
  eventsPerSecond: 5_000,
  webGbPerMonth: 1_000,
  logsGbPerMonth: 500,
  natGbPerMonth: 1_000,
  storedGb: 1_000,
  users: 10_000,
  connections: 1_000,
  operators: 5,
  samplesPerSecond: 333,
  auditedMillionsPerMonth: 2,
  flowLogGbPerMonth: 100,
  databaseLoad: 0.1,
  warehouseHours: 90,
};

const secondsPerMonth = 730 * 3600;

/** A rate as millions a month. */
export const millionsPerMonth = (perSecond: number): number => (perSecond * secondsPerMonth) / 1e6;
