import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, posix, sep } from 'node:path';
import { Stack, Token } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { StoredFiles } from './stored-files';

/** Where a bound `FileSet` lies. */
export interface FileSetLocation {
  /** Bucket of the files. */
  readonly bucketName: string;

  /** S3 URI of the only file, or of the common prefix of several files, with a slash at its end. */
  readonly s3Uri: string;

  /** Object keys of the files, relative to the bucket of the assets. */
  readonly objectKeys: readonly string[];

  /** Lets a principal read these files and nothing else of the bucket. */
  grantRead(grantee: iam.IGrantable): iam.Grant;
}

/**
 * Files that are uploaded at deployment and keep their names.
 *
 * An ordinary CDK asset is stored as `<hash>.<extension>`, but jobs tell their files apart by name (`analysis_config.json`,
 * `prepare.py` beside the module it imports). A file set is stored as `<hash of names and contents>/<name>` in the same bucket,
 * by the same `cdk deploy`, with no function and no archive to unpack. The place changes when a file changes, and only then.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/assets.html
 */
export class FileSet {
  /** One file from the disk. */
  public static fromFile(path: string): FileSet {
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
      throw new Error(`FileSet: 'path' must name a file, got: ${path}`);
    }
    return new FileSet([basename(path)], () => readFileSync(path));
  }

  /** All files below a folder, except hidden ones, Python's caches, and those whose name ends with one of `exclude`. */
  public static fromDirectory(path: string, exclude: readonly string[] = []): FileSet {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new Error(`FileSet: 'path' must name a folder, got: ${path}`);
    }
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .map(name => name.split(sep).join(posix.sep))
      .filter(name => !name.split('/').some(part => part.startsWith('.') || part === '__pycache__'))
      .filter(name => !exclude.some(ending => name.endsWith(ending)))
      .filter(name => statSync(join(path, name)).isFile())
      .sort();
    if (names.length === 0) {
      throw new Error(`FileSet: 'path' must hold at least one file, got: ${path}`);
    }
    return new FileSet(names, name => readFileSync(join(path, name)));
  }

  /** A text file written at synthesis, letter for letter. It cannot hold tokens, as that of `fromJson`. */
  public static fromText(fileName: string, text: string): FileSet {
    checkNew(fileName, text);
    return new FileSet([fileName], () => Buffer.from(text));
  }

  /** A JSON file written at synthesis. It cannot hold tokens: the file exists before CloudFormation resolves them. */
  public static fromJson(fileName: string, content: unknown): FileSet {
    checkNew(fileName, content);
    const text = JSON.stringify(content, undefined, 2) as string | undefined;
    if (text === undefined) {
      throw new Error(`FileSet: '${fileName}' must have a content, got: ${typeof content}`);
    }
    return new FileSet([fileName], () => Buffer.from(text));
  }

  private contents?: ReadonlyMap<string, Buffer>;

  private constructor(
    /** Names of the files, relative to their folder. */
    public readonly fileNames: readonly string[],
    private readonly read: (name: string) => Buffer,
  ) {
    // An asset is known by its key without the extension.
    const stems = fileNames.map(stem);
    const clash = fileNames.filter(name => stems.indexOf(stem(name)) !== stems.lastIndexOf(stem(name)));
    if (clash.length > 0) {
      throw new Error(`FileSet: file names must differ in more than their extension, got: ${clash.join(', ')}`);
    }
  }

  /** Registers the files with the stack of `scope`; the same contents bound twice in a stack are stored once. */
  public bind(scope: Construct): FileSetLocation {
    this.contents ??= new Map(this.fileNames.map(name => [name, this.read(name)]));
    const stack = Stack.of(scope);
    const hash = hashOf(this.contents);
    const id = `Files${hash}`;
    const stored = stack.node.tryFindChild(id) as StoredFiles | undefined;
    return stored ?? new StoredFiles(stack, id, { hash, contents: this.contents });
  }
}

function checkNew(fileName: string, content: unknown): void {
  if (fileName === '' || fileName.startsWith('.') || /[/\\]/.test(fileName)) {
    throw new Error(`FileSet: 'fileName' must be a name without a folder, got: ${fileName}`);
  }
  const token = tokenIn(content);
  if (token !== undefined) {
    throw new Error(
      `FileSet: '${fileName}' must not contain values known only at deployment, got: ${JSON.stringify(token)}`,
    );
  }
}

/** The file's name without its extension. */
function stem(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}

function hashOf(contents: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256');
  for (const [name, content] of contents) {
    // With its length before it, no content can look like the beginning of another file.
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

/** The first token inside plain data, if there is one. */
function tokenIn(value: unknown): unknown {
  if (Token.isUnresolved(value)) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const token = Token.isUnresolved(key) ? key : tokenIn(member);
    if (token !== undefined) return token;
  }
  return undefined;
}
