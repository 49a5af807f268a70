import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { type FileAssetLocation, FileAssetPackaging, Fn, Stack, Stage, Token, Validations } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { FileSetLocation } from './file-set';

/** What is stored. */
export interface StoredFilesProps {
  /** Hash of names and contents. */
  readonly hash: string;

  /** Contents by name; at least one. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** The files of a `FileSet` as assets of a stack: written into the cloud assembly, and uploaded by `cdk deploy`. */
export class StoredFiles extends Construct implements FileSetLocation {
  public readonly bucketName: string;
  public readonly s3Uri: string;
  public readonly objectKeys: readonly string[];

  /** Key of the only file, or the folder of several. */
  private readonly prefix: string;

  /** The wildcard over several files as cdk-nag writes it, without the beginning of the ARN. */
  private readonly shownWildcard?: string;

  public constructor(stack: Stack, id: string, { hash, contents }: StoredFilesProps) {
    super(stack, id);
    const locations = [...contents].map(([name, content]) => store(stack, hash, name, content));
    this.objectKeys = locations.map(({ objectKey }) => objectKey);

    const { bucketName, objectKey, s3ObjectUrlWithPlaceholders: shown = '' } = locations[0] ?? NOWHERE;
    this.bucketName = bucketName;
    // The synthesizer may put the region or the account in front, as a token.
    const before = Token.isUnresolved(objectKey) ? Fn.select(0, Fn.split(hash, objectKey)) : objectKey.split(hash)[0];
    this.prefix = locations.length === 1 ? objectKey : `${before ?? ''}${hash}/`;
    this.s3Uri = `s3://${bucketName}/${this.prefix}`;
    if (locations.length > 1) {
      // The URI names the folder only, but `cdk gc` keeps the objects whose keys it finds in a template.
      stack.addMetadata(`files:${hash}`, this.objectKeys);
      const [beginning = ''] = shown.slice('s3://'.length).split(hash);
      this.shownWildcard = `${beginning.replaceAll('${', '<').replaceAll('}', '>')}${hash}/*`;
    }
  }

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    const stack = Stack.of(this);
    const bucket = { service: 's3', region: '', account: '', resource: this.bucketName };
    const key = this.shownWildcard === undefined ? this.prefix : `${this.prefix}*`;
    const { grantPrincipal } = grantee;
    if (this.shownWildcard !== undefined && Construct.isConstruct(grantPrincipal)) {
      const partition = Token.isUnresolved(stack.partition) ? '<AWS::Partition>' : stack.partition;
      Validations.of(grantPrincipal).acknowledge({
        id: `AwsSolutions-IAM5[Resource::arn:${partition}:s3:::${this.shownWildcard}]`,
        reason: 'The prefix is the hash of the files, so it holds these files and no others',
      });
    }
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetObject'],
      resourceArns: [stack.formatArn({ ...bucket, resourceName: key })],
    }).combine(
      iam.Grant.addToPrincipal({
        grantee,
        actions: ['s3:ListBucket'],
        resourceArns: [stack.formatArn(bucket)],
        conditions: { StringLike: { 's3:prefix': [`${this.prefix}*`] } },
      }),
    );
  }
}

const NOWHERE: Pick<FileAssetLocation, 'bucketName' | 'objectKey' | 's3ObjectUrlWithPlaceholders'> = {
  bucketName: '',
  objectKey: '',
};

function store(stack: Stack, hash: string, name: string, content: Buffer): FileAssetLocation {
  const file = `files.${hash}/${name}`;
  const path = join(Stage.of(stack)?.outdir ?? '.', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return stack.synthesizer.addFileAsset({
    // The key of a file asset is its source hash plus its extension, so a hash with a path in it keeps the name.
    sourceHash: `${hash}/${name.slice(0, name.length - extname(name).length)}`,
    fileName: file,
    packaging: FileAssetPackaging.FILE,
    displayName: name,
  });
}
