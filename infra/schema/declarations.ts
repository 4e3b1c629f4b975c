// The arguments of resources as the installed SDKs declare them: read from their .d.ts files when a
// type is first asked for. Nothing is kept in the repository, so that it cannot differ from the SDK
// that runs; one package's nested types (5.7 MB for AWS) take about a second, a resource milliseconds.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import type { Field, Fields, Shape } from "./shape.ts";

const require = createRequire(import.meta.url);
const any: Shape = { kind: "any" };

/** Where a declaration stands: names without a qualifier are its own file's. */
interface Scope {
  readonly sdk: string;
  readonly interfaces: ReadonlyMap<string, ts.InterfaceDeclaration>;
}

const scopes = new Map<string, Scope>();

/** Folder of an SDK: @pulumi/aws and so on. */
const folderOf = (sdk: string): string => dirname(require.resolve(`@pulumi/${sdk}/package.json`));

const lowerFirst = (word: string): string => word.charAt(0).toLowerCase() + word.slice(1);

/** The file that declares a type, from its folder, and the interface of its arguments. */
function placeOf(type: string): { sdk: string; file: string; args: string } | undefined {
  const [sdk = "", path = "", noun = ""] = type.split(":");
  if (sdk === "pulumi") {
    return path === "providers" ? { sdk: noun, file: "provider", args: "ProviderArgs" } : undefined;
  }
  const args = `${noun}Args`;
  if (sdk === "kubernetes") {
    const [group = "", version = ""] = path.split("/");
    return { sdk, file: join(group.split(".")[0] ?? "", version, lowerFirst(noun)), args };
  }
  const folders = path === "index" ? [] : path.split("/");
  const isNamed = folders.at(-1) === lowerFirst(noun);
  return { sdk, file: join(...folders, isNamed ? "" : lowerFirst(noun)), args };
}

/** @returns undefined for what no SDK declares: components, custom resources of a cluster */
export function argumentsOf(type: string): Shape | undefined {
  const place = placeOf(type);
  if (place === undefined || !["aws", "awsx", "eks", "kubernetes"].includes(place.sdk)) {
    return undefined;
  }
  const path = join(folderOf(place.sdk), `${place.file}.d.ts`);
  if (!existsSync(path)) return undefined;
  const scope = scopeOf(place.sdk, path);
  const declared = scope.interfaces.get(place.args);
  return declared === undefined ? undefined : objectOf(declared, scope);
}

function scopeOf(sdk: string, path: string): Scope {
  const known = scopes.get(path);
  if (known !== undefined) return known;
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), {
    languageVersion: ts.ScriptTarget.ES2022,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  });
  const interfaces = new Map<string, ts.InterfaceDeclaration>();
  collect(source.statements, "", interfaces);
  const scope: Scope = { sdk, interfaces };
  scopes.set(path, scope);
  return scope;
}

/** Interfaces by their full name: lb.TargetGroupHealthCheck. Namespaces nest two deep at most. */
function collect(
  statements: readonly ts.Statement[],
  prefix: string,
  into: Map<string, ts.InterfaceDeclaration>,
): void {
  for (const statement of statements) {
    if (ts.isInterfaceDeclaration(statement)) into.set(prefix + statement.name.text, statement);
    if (
      ts.isModuleDeclaration(statement) &&
      statement.body !== undefined &&
      ts.isModuleBlock(statement.body)
    ) {
      collect(statement.body.statements, `${prefix}${statement.name.text}.`, into);
    }
  }
}

function objectOf(declared: ts.InterfaceDeclaration, scope: Scope): Shape {
  let made: ReadonlyMap<string, Field> | undefined;
  const fields: Fields = () => {
    made ??= fieldsOf(declared.members, scope);
    return made;
  };
  return { kind: "object", fields };
}

function fieldsOf(members: readonly ts.TypeElement[], scope: Scope): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const member of members) {
    if (!ts.isPropertySignature(member) || member.type === undefined) continue;
    const { name } = member;
    const key = ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : "";
    const isRequired = member.questionToken === undefined;
    fields.set(key, { shape: shapeOf(member.type, scope), isRequired });
  }
  return fields;
}

function shapeOf(node: ts.TypeNode, scope: Scope): Shape {
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return { kind: "string" };
    case ts.SyntaxKind.NumberKeyword:
      return { kind: "number" };
    case ts.SyntaxKind.BooleanKeyword:
      return { kind: "boolean" };
  }
  if (ts.isArrayTypeNode(node)) return { kind: "array", of: shapeOf(node.elementType, scope) };
  if (ts.isParenthesizedTypeNode(node)) return shapeOf(node.type, scope);
  if (ts.isLiteralTypeNode(node)) return literalOf(node);
  if (ts.isUnionTypeNode(node)) return unionOf(node, scope);
  if (ts.isTypeLiteralNode(node)) return typeLiteralOf(node, scope);
  if (ts.isTypeReferenceNode(node)) return referenceOf(node, scope);
  return any;
}

function literalOf(node: ts.LiteralTypeNode): Shape {
  const { literal } = node;
  if (ts.isStringLiteral(literal)) return { kind: "literal", value: literal.text };
  if (ts.isNumericLiteral(literal)) return { kind: "literal", value: Number(literal.text) };
  if (literal.kind === ts.SyntaxKind.TrueKeyword) return { kind: "literal", value: true };
  if (literal.kind === ts.SyntaxKind.FalseKeyword) return { kind: "literal", value: false };
  return any;
}

function unionOf(node: ts.UnionTypeNode, scope: Scope): Shape {
  const of = node.types
    .filter((member) => member.kind !== ts.SyntaxKind.UndefinedKeyword)
    .map((member) => shapeOf(member, scope));
  const [only] = of;
  if (of.length === 1 && only !== undefined) return only;
  return of.some(({ kind }) => kind === "any") ? any : { kind: "union", of };
}

/** `{ [key: string]: … }`, or an object written in place. */
function typeLiteralOf(node: ts.TypeLiteralNode, scope: Scope): Shape {
  const index = node.members.find(ts.isIndexSignatureDeclaration);
  if (index !== undefined) return { kind: "map", of: shapeOf(index.type, scope) };
  const fields = fieldsOf(node.members, scope);
  return { kind: "object", fields: () => fields };
}

const wrappers = ["pulumi.Input", "pulumi.Output", "Promise", "pulumi.Lifted", "Partial"];

function referenceOf(node: ts.TypeReferenceNode, scope: Scope): Shape {
  const name = nameOf(node.typeName);
  const [first] = node.typeArguments ?? [];
  if (first !== undefined) {
    if (wrappers.includes(name)) return shapeOf(first, scope);
    if (name === "Array" || name === "ReadonlyArray") {
      return { kind: "array", of: shapeOf(first, scope) };
    }
    return any;
  }
  if (name.startsWith("pulumi.asset.")) return { kind: "asset" };
  if (name.startsWith("inputs.")) {
    const types = scopeOf(scope.sdk, join(folderOf(scope.sdk), "types", "input.d.ts"));
    const declared = types.interfaces.get(name.slice("inputs.".length));
    return declared === undefined ? any : objectOf(declared, types);
  }
  const own = scope.interfaces.get(name);
  // Enumerations, and resources that stand for their ids: the ranges know better.
  return own === undefined ? any : objectOf(own, scope);
}

function nameOf(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : `${nameOf(name.left)}.${name.right.text}`;
}
