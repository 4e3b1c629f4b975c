// Time and chance are inputs: the deterministic part knows no clock, no randomness, no environment
// and no waiting, or two replicas of one journal would differ.

import ts from "typescript";

const deterministicFolders = [
  "engine/book/",
  "engine/core/",
  "engine/codec/",
  "engine/replication/",
  "failover/decide/",
];

const forbiddenNames = new Set([
  "Date",
  "performance",
  "process",
  "console",
  "crypto",
  "fetch",
  "globalThis",
  "require",
  "Promise",
  "WeakRef",
  "FinalizationRegistry",
  "queueMicrotask",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
]);

export function isDeterministic(file: string): boolean {
  return deterministicFolders.some((folder) => file.startsWith(folder));
}

/** A name used as a value or type, not the name of a member (`order.process` is no environment). */
function isReference(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !(
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent)
  );
}

function impurity(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) && forbiddenNames.has(node.text) && isReference(node)) return node.text;
  if (ts.isPropertyAccessExpression(node) && node.getText() === "Math.random") return "Math.random";
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return "async";
  if (ts.isAwaitExpression(node)) return "await";
  return undefined;
}

/** @returns one sentence for every use of time, chance or the world. */
export function impurities(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const faults: string[] = [];
  // A work list, as the depth of a syntax tree has no bound.
  const nodes: ts.Node[] = [source];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const name = impurity(node);
    if (name !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      faults.push(`${file}:${line + 1}: ${name} has no place in the deterministic part`);
    }
    ts.forEachChild(node, (child) => void nodes.push(child));
  }
  return faults;
}
