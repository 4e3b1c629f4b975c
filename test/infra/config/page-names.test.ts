// Fields of the configuration as docs/deploy.md names them (`section.field`): each exists.

import { readFileSync } from "node:fs";
import { assert } from "chai";
import { z } from "zod";
import { globalSchema, regionSchema } from "../../../infra/config/stack-config.ts";

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  /** Of a record: its keys, and what each holds. */
  readonly propertyNames?: { readonly enum?: readonly string[] };
  readonly additionalProperties?: Shape;
  readonly anyOf?: readonly Shape[];
}

const shapes = [globalSchema, regionSchema].map(
  (schema) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Shape,
);

function has(shape: Shape, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  const { properties, propertyNames, additionalProperties, anyOf = [] } = shape;
  const isKey = propertyNames?.enum?.includes(name) === true;
  const inner = properties?.[name] ?? (isKey ? additionalProperties : undefined);
  return (
    (inner !== undefined && has(inner, rest)) || anyOf.some((one) => has(one, [name, ...rest]))
  );
}

const sections = shapes.flatMap(({ properties = {} }) => Object.keys(properties));
/** Within one pair of backticks, alone or with more beside it. */
const fieldNames = new RegExp(
  String.raw`(?<![\w./-])(?:castle:)?((?:${sections.join("|")})\.[a-z][\w.]*\w)`,
  "g",
);

function fieldsIn(page: string): string[] {
  const marked = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);
  return marked.flatMap((text) => [...text.matchAll(fieldNames)].map(([, field = ""]) => field));
}

describe("Fields that docs/deploy.md names", () => {
  const page = readFileSync("docs/deploy.md", "utf8");
  const isField = (field: string) => shapes.some((shape) => has(shape, field.split(".")));

  it("exist in the configuration", () => {
    const fields = fieldsIn(page);
    assert.isAtLeast(fields.length, 20);
    assert.deepEqual(
      fields.filter((field) => !isField(field)),
      [],
    );
  });

  it("are noticed where they do not", () => {
    assert.deepEqual(fieldsIn("`castle:tables.marketDataWriteUnits` and `global.hasWeb`"), [
      "tables.marketDataWriteUnits",
      "global.hasWeb",
    ]);
    assert.isFalse(isField("tables.marketDataWriteUnits"));
    assert.isTrue(isField("global.marketDataWriteUnits"));
  });
});
