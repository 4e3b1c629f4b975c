// What the history's database is told, whichever kind it is. Pure.
// Note on rds.global_db_rpo: it is left off on purpose. Its least value is 20 s, above the 15 s asked for, and it keeps
// its promise by stopping the primary's commits while every secondary lags: prod would stand still because dr is
// away. The ledger's RPO is that of the journal, from which either region fills its database anew; an
// alarm watches the 15 s instead.

export interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly applyMethod: "immediate" | "pending-reboot";
}

export type DatabaseEngine = "aurora-postgresql" | "postgres";

/** The parameter group family of a version: 17.7 of Aurora is of aurora-postgresql17. */
export function parameterFamily(engine: DatabaseEngine, engineVersion: string): string {
  return `${engine}${engineVersion.split(".")[0]}`;
}

/** Of the cluster, or of the instance where there is none. */
export function databaseParameters(): Parameter[] {
  return [
    // No connection without TLS, also inside the VPC.
    { name: "rds.force_ssl", value: "1", applyMethod: "immediate" },
    // Slower ones are looked at; faster ones would fill the log.
    { name: "log_min_duration_statement", value: "1000", applyMethod: "immediate" },
    { name: "log_lock_waits", value: "1", applyMethod: "immediate" },
    // A client that died with a transaction open must not hold back the vacuum of the ledger.
    { name: "idle_in_transaction_session_timeout", value: "60000", applyMethod: "immediate" },
    {
      name: "shared_preload_libraries",
      value: "pg_stat_statements",
      applyMethod: "pending-reboot",
    },
  ];
}
