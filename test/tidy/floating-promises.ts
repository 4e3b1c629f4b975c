// A promise that nobody awaits hides its failure and outlives its caller. Biome finds those of our own
// functions; this finds those of Node and of packages too, as it asks the compiler for types.
// `void promise` says that it is meant: such a promise handles its own failure.

import ts from "typescript";

/** A statement that is an expression, with what `&&`, `||`, `?:` and commas may leave behind. */
function leftovers(expression: ts.Expression): ts.Expression[] {
  if (ts.isParenthesizedExpression(expression)) return leftovers(expression.expression);
  if (ts.isConditionalExpression(expression)) {
    return [...leftovers(expression.whenTrue), ...leftovers(expression.whenFalse)];
  }
  if (ts.isBinaryExpression(expression)) {
    const isAssignment =
      expression.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      expression.operatorToken.kind <= ts.SyntaxKind.LastAssignment;
    return isAssignment ? [] : leftovers(expression.right);
  }
  return ts.isAwaitExpression(expression) || ts.isVoidExpression(expression) ? [] : [expression];
}

function isPromise(type: ts.Type): boolean {
  const types = type.isUnion() ? type.types : [type];
  return types.some((each) => each.getProperty("then") !== undefined);
}

/** `.catch(handler)`, or `.then` with a second handler: the failure has an owner. */
function isHandled(expression: ts.Expression): boolean {
  if (!ts.isCallExpression(expression)) return false;
  const callee = expression.expression;
  if (!ts.isPropertyAccessExpression(callee)) return false;
  if (callee.name.text === "finally") return isHandled(callee.expression);
  return (
    (callee.name.text === "catch" && expression.arguments.length > 0) ||
    (callee.name.text === "then" && expression.arguments.length > 1)
  );
}

function floatingIn(source: ts.SourceFile, checker: ts.TypeChecker): ts.Expression[] {
  const found: ts.Expression[] = [];
  const nodes: ts.Node[] = [source];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (ts.isExpressionStatement(node)) {
      const candidates = leftovers(node.expression).filter((each) => !isHandled(each));
      found.push(...candidates.filter((each) => isPromise(checker.getTypeAtLocation(each))));
    }
    ts.forEachChild(node, (child) => void nodes.push(child));
  }
  return found;
}

/**
 * One sentence for every promise that nobody holds in the given files. `texts` stands in for files
 * that are not on disk.
 */
export function floatingPromiseFaults(
  files: readonly string[],
  texts: ReadonlyMap<string, string> = new Map(),
): string[] {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ".");
  const host = ts.createCompilerHost(options);
  const fromDisk = host.getSourceFile;
  host.getSourceFile = (file, ...rest) => {
    const text = texts.get(file);
    return text === undefined
      ? fromDisk(file, ...rest)
      : ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  };
  const program = ts.createProgram(files, options, host);
  const checker = program.getTypeChecker();
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) return [`${file}: not found`];
    return floatingIn(source, checker).map((expression) => {
      const { line } = source.getLineAndCharacterOfPosition(expression.getStart());
      return `${file}:${line + 1}: a promise that nobody holds: ${expression.getText()}`;
    });
  });
}
