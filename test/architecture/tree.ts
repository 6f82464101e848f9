import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

/** One file of a tree, real or made up: its path from the root with `/`, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What a file says of itself to its surroundings. */
export interface Scan {
  /** Every module it names: static, type-only, dynamic, and inside of types. */
  readonly imports: readonly { readonly specifier: string; readonly line: number }[];
  /** Lines of `export ... from`. */
  readonly reexports: readonly number[];
  readonly hasDefaultExport: boolean;
  /** Names of interfaces, classes and type aliases that it declares at its top. */
  readonly types: readonly { readonly name: string; readonly line: number }[];
}

/** The TypeScript files below some folders of a root, sorted by path. */
export function readTree(root: string, folders: readonly string[]): SourceFile[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      path: relative(root, path).split(sep).join('/'),
      text: readFileSync(path, 'utf8'),
    }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Reads a file's imports, exports and type names. */
export function scan(file: SourceFile): Scan {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, false);
  const lineAt = (position: number): number =>
    source.getLineAndCharacterOfPosition(position).line + 1;
  const reexports: number[] = [];
  const types: { name: string; line: number }[] = [];
  let hasDefaultExport = false;
  for (const statement of source.statements) {
    const line = lineAt(statement.getStart(source));
    if (ts.isExportDeclaration(statement)) {
      if (statement.moduleSpecifier !== undefined) reexports.push(line);
      if (exportsDefault(statement)) hasDefaultExport = true;
    }
    if (ts.isExportAssignment(statement) || hasDefaultModifier(statement)) hasDefaultExport = true;
    const declares =
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isClassDeclaration(statement);
    if (declares && statement.name !== undefined) types.push({ name: statement.name.text, line });
  }
  const imports = ts
    .preProcessFile(file.text, true, true)
    .importedFiles.map(({ fileName, pos }) => ({ specifier: fileName, line: lineAt(pos) }));
  return { imports, reexports, hasDefaultExport, types };
}

function exportsDefault(statement: ts.ExportDeclaration): boolean {
  const clause = statement.exportClause;
  if (clause === undefined || !ts.isNamedExports(clause)) return false;
  return clause.elements.some((element) => element.name.text === 'default');
}

function hasDefaultModifier(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  const modifiers = ts.getModifiers(statement) ?? [];
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
}
