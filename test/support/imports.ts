import * as ts from 'typescript';

/** One module that a source file asks for. */
export interface Import {
  /** The module as it is written, or nothing where it is computed. */
  readonly module?: string;

  /** The whole declaration vanishes when the file is compiled. */
  readonly typeOnly: boolean;
}

/**
 * All modules that a file of TypeScript or JavaScript asks for: imports, re-exports, `import()` as call and as type, `require`, and
 * references in comments.
 *
 * `import { type A } from` counts as a real import: with `verbatimModuleSyntax`, which a copier may use, it remains.
 */
export function importsOf(path: string, text: string): Import[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
  const found: Import[] = [...source.referencedFiles, ...source.typeReferenceDirectives].map(({ fileName }) => ({
    module: fileName,
    typeOnly: true,
  }));
  const add = (module: ts.Node | undefined, typeOnly: boolean) =>
    found.push({ module: module && ts.isStringLiteralLike(module) ? module.text : undefined, typeOnly });

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      add(node.moduleReference.expression, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    } else if (ts.isCallExpression(node) && loadsModule(node.expression)) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Whatever an index file does besides exporting by name. */
export function otherThanNamedExports(text: string): string[] {
  const source = ts.createSourceFile('index.ts', text, ts.ScriptTarget.ESNext, true);
  return source.statements.filter(statement => !exportsByName(statement)).map(statement => statement.getText(source));
}

function loadsModule(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) {
    return true;
  }
  const name = ts.isPropertyAccessExpression(callee) ? callee.expression : callee;
  return ts.isIdentifier(name) && name.text === 'require';
}

function exportsByName(statement: ts.Statement): boolean {
  if (ts.isExportDeclaration(statement)) {
    return statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause);
  }
  if (ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement)) {
    const modifiers = statement.modifiers?.map(({ kind }) => kind) ?? [];
    return modifiers.includes(ts.SyntaxKind.ExportKeyword) && !modifiers.includes(ts.SyntaxKind.DefaultKeyword);
  }
  return ts.isImportDeclaration(statement);
}
