// Which substrate this process gets.
import { loopback } from "./loopback.ts";
import type { Substrate } from "./substrate.ts";

export async function openSubstrate(_o: { wanted: string; dataDir: string }): Promise<Substrate> {
  return loopback(undefined);
}
