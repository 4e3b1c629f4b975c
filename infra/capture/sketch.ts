// What an invented resource is made from: what was asked for, and the names that AWS would form.

import { createHash } from "node:crypto";

export interface Asked {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly region: string;
  readonly accountId: string;
  /** Of an import or a look-up; empty otherwise. */
  readonly existingId: string;
  readonly stackOutputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What a maker of outputs may use. */
export interface Sketch extends Asked {
  readonly id: string;
  /** Physical name: given, or made from the logical one as Pulumi does. */
  readonly physicalName: string;
  readonly hex: (length: number, salt?: string) => string;
  readonly arn: (service: string, resource: string) => string;
  readonly globalArn: (service: string, resource: string) => string;
}

export type MakeOutputs = (sketch: Sketch) => Record<string, unknown>;

export function hexOf(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

export const partitionArn = (
  service: string,
  region: string,
  accountId: string,
  resource: string,
): string => `arn:aws:${service}:${region}:${accountId}:${resource}`;
