import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join, posix, sep } from 'node:path';
import { AssetStaging, FileAssetPackaging, Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** Where a bound `FileSet` lies. */
export interface FileSetLocation {
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
 * `prepare.py` beside the module it imports). A file set is stored as `<hash of all contents>/<name>` in the same bucket, by
 * the same `cdk deploy`, with no function and no archive to unpack. The place changes when a file changes, and only then.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/assets.html
 */
export class FileSet {
  /** One file from the disk. */
  public static fromFile(path: string): FileSet {
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
      throw new Error(`FileSet: 'path' must name a file, got: ${path}`);
    }
    const name = basename(path);
    return new FileSet([name], use => use(path.slice(0, -name.length) || '.', [name]));
  }

  /** All files below a folder, except hidden ones, Python's caches, and those whose name ends with one of `exclude`. */
  public static fromDirectory(path: string, exclude: readonly string[] = []): FileSet {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new Error(`FileSet: 'path' must name a folder, got: ${path}`);
    }
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .map(name => name.split(sep).join(posix.sep))
      .filter(name => statSync(join(path, name)).isFile())
      .filter(name => !name.split('/').some(part => part.startsWith('.') || part === '__pycache__'))
      .filter(name => !exclude.some(ending => name.endsWith(ending)))
      .sort();
    if (names.length === 0) {
      throw new Error(`FileSet: 'path' must hold at least one file, got: ${path}`);
    }
    return new FileSet(names, use => use(path, names));
  }

  /** A JSON file written at synthesis. It cannot hold tokens: the file exists before CloudFormation resolves them. */
  public static fromJson(fileName: string, content: unknown): FileSet {
    const text = JSON.stringify(content, undefined, 2);
    if (Token.isUnresolved(text) || Token.isUnresolved(content)) {
      throw new Error(`FileSet: '${fileName}' must not contain values known only at deployment, got: ${text}`);
    }
    return new FileSet([fileName], use => {
      const folder = mkdtempSync(join(tmpdir(), 'file-set-'));
      try {
        writeFileSync(join(folder, fileName), text);
        use(folder, [fileName]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  private constructor(
    /** Names of the files, relative to their folder. */
    public readonly fileNames: readonly string[],
    private readonly withFiles: (use: (folder: string, names: readonly string[]) => void) => void,
  ) {
    const stems = fileNames.map(stem);
    const clash = fileNames.filter(name => stems.indexOf(stem(name)) !== stems.lastIndexOf(stem(name)));
    if (clash.length > 0) {
      throw new Error(`FileSet: file names must differ in more than their extension, got: ${clash.join(', ')}`);
    }
  }

  /** Registers the files with the stack of `scope`; the same set bound twice in a stack is stored once. */
  public bind(scope: Construct): FileSetLocation {
    const stack = Stack.of(scope);
    const hash = this.contentHash();
    const id = `Files${hash}`;
    const keys: string[] = [];
    let bucketName = '';

    this.withFiles((folder, names) => {
      for (const name of names) {
        const stagingId = `${id}-${name.replaceAll('/', '-')}`;
        const staging =
          (stack.node.tryFindChild(stagingId) as AssetStaging | undefined) ??
          new AssetStaging(stack, stagingId, { sourcePath: join(folder, name) });
        const location = stack.synthesizer.addFileAsset({
          // The key of a file asset is its source hash plus its extension, so a hash with a path in it keeps the name.
          sourceHash: `${hash}/${stem(name)}`,
          fileName: staging.relativeStagedPath(stack),
          packaging: FileAssetPackaging.FILE,
          displayName: name,
        });
        keys.push(location.objectKey);
        bucketName = location.bucketName;
      }
    });

    const [first = ''] = keys;
    const prefix = first.slice(0, first.lastIndexOf(`${hash}/`) + hash.length + 1);
    return {
      objectKeys: keys,
      s3Uri: `s3://${bucketName}/${keys.length === 1 ? first : prefix}`,
      grantRead: grantee => this.grantRead(stack, bucketName, prefix, grantee),
    };
  }

  private grantRead(stack: Stack, bucketName: string, prefix: string, grantee: iam.IGrantable): iam.Grant {
    const id = 'FileSetBucket';
    const bucket =
      (stack.node.tryFindChild(id) as s3.IBucket | undefined) ?? s3.Bucket.fromBucketName(stack, id, bucketName);
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetObject'],
      resourceArns: [bucket.arnForObjects(`${prefix}*`)],
    }).combine(
      iam.Grant.addToPrincipal({
        grantee,
        actions: ['s3:ListBucket'],
        resourceArns: [bucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': [`${prefix}*`] } },
      }),
    );
  }

  private contentHash(): string {
    const hash = createHash('sha256');
    this.withFiles((folder, names) => {
      for (const name of names) {
        hash
          .update(name)
          .update('\0')
          .update(readFileSync(join(folder, name)))
          .update('\0');
      }
    });
    return hash.digest('hex').slice(0, 32);
  }
}

function stem(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}
