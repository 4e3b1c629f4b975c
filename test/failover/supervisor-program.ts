// A supervisor as a process of its own, to be killed. Prints the pids of what it runs.

import { type ExchangeOptions, startExchange } from "../../failover/index.ts";

const exchange = await startExchange(JSON.parse(process.argv[2] ?? "") as ExchangeOptions);
process.stdout.write(JSON.stringify(exchange.processes().map(({ pid }) => pid)));
