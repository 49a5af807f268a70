import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as iam from 'aws-cdk-lib/aws-iam';
import { App, DefaultStackSynthesizer, Stack, Stage, Token } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { FileSet } from '../../constructs/assets';
import { allowedTo } from '../support/role-policy';

const env = { account: '111122223333', region: 'eu-west-1' };
const BUCKET = 'cdk-hnb659fds-assets-111122223333-eu-west-1';
const newStack = () => new Stack(new App(), 'Loans', { env });
const keysIn = (stack: Stack) => {
  const { outdir = '' } = Stage.of(stack) ?? {};
  App.of(stack)?.synth();
  const manifest = JSON.parse(readFileSync(join(outdir, `${stack.stackName}.assets.json`), 'utf8')) as {
    files: Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>;
  };
  return Object.values(manifest.files)
    .filter(({ source }) => source.path.startsWith('files.'))
    .map(({ source, destinations }) => ({
      content: readFileSync(join(outdir, source.path), 'utf8'),
      key: Object.values(destinations)[0]?.objectKey,
    }));
};

describe('FileSet', () => {
  let folder: string;
  const put = (name: string, content = name) => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'file-set-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('stores one file under its own name, with its content', () => {
    const stack = newStack();
    const { s3Uri, objectKeys } = FileSet.fromFile(put('prepare.py', 'print(1)')).bind(stack);
    const [key = ''] = objectKeys;
    expect(key).toMatch(/^[0-9a-f]{32}\/prepare\.py$/);
    expect(s3Uri).toBe(`s3://${BUCKET}/${key}`);
    expect(keysIn(stack)).toEqual([{ key, content: 'print(1)' }]);
  });

  test('stores a folder below one prefix, each file under its own name', () => {
    const names = ['loans/schema.py', 'prepare.py', 'Makefile', 'model.tar.gz'];
    names.forEach(name => put(name));
    const stack = newStack();
    const files = FileSet.fromDirectory(folder);
    expect(files.fileNames).toEqual([...names].sort());
    const { s3Uri, objectKeys } = files.bind(stack);
    const [, prefix = ''] = /^s3:\/\/[^/]+\/([0-9a-f]{32}\/)$/.exec(s3Uri) ?? [];
    expect(objectKeys).toEqual(files.fileNames.map(name => `${prefix}${name}`));
    expect(keysIn(stack)).toEqual(files.fileNames.map(name => ({ key: `${prefix}${name}`, content: name })));
  });

  test('names each key in the template, where cdk gc looks for what is in use', () => {
    const [stack, other] = [newStack(), newStack()];
    put('prepare.py');
    const { s3Uri } = FileSet.fromFile(join(folder, 'prepare.py')).bind(stack);
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Metadata');
    expect(s3Uri).toMatch(/prepare\.py$/);
    put('evaluate.py');
    const { objectKeys } = FileSet.fromDirectory(folder).bind(other);
    const [hash = ''] = objectKeys[0]?.split('/') ?? [];
    expect(Template.fromStack(other).toJSON()).toHaveProperty('Metadata', { [`files:${hash}`]: objectKeys });
  });

  test('keeps two files apart whose paths differ in a slash only', () => {
    put('a/b.py', 'folder');
    put('a-b.py', 'hyphen');
    const stack = newStack();
    FileSet.fromDirectory(folder).bind(stack);
    expect(
      keysIn(stack)
        .map(({ content }) => content)
        .sort(),
    ).toEqual(['folder', 'hyphen']);
  });

  test('leaves out hidden files, Python’s caches and excluded endings', () => {
    [
      'prepare.py',
      '.env',
      '.git/config',
      '__pycache__/a.pyc',
      'sub/__pycache__/b.pyc',
      'test_prepare.py',
      'a.md',
    ].forEach(name => put(name));
    expect(FileSet.fromDirectory(folder, ['test_prepare.py', '.md']).fileNames).toEqual(['prepare.py']);
  });

  test('stores JSON as text that people can read', () => {
    const stack = newStack();
    FileSet.fromJson('analysis_config.json', { label: 0, methods: ['a'] }).bind(stack);
    expect(keysIn(stack).map(({ content }) => content)).toEqual(['{\n  "label": 0,\n  "methods": [\n    "a"\n  ]\n}']);
  });

  test('stores text letter for letter, and says where', () => {
    const stack = newStack();
    const { bucketName, objectKeys } = FileSet.fromText('definition.json', '{"rate": 2.0}').bind(stack);
    expect(bucketName).toBe(BUCKET);
    expect(keysIn(stack)).toEqual([{ key: objectKeys[0], content: '{"rate": 2.0}' }]);
  });

  test('fails when a text holds a token', () => {
    const text = `s3://${Token.asString({ Ref: 'Bucket' })}`;
    expect(() => FileSet.fromText('place.txt', text)).toThrow(
      new Error(`FileSet: 'place.txt' must not contain values known only at deployment, got: ${JSON.stringify(text)}`),
    );
  });

  describe('the place of the files', () => {
    const placeOf = (files: FileSet) => files.bind(newStack()).s3Uri;

    test('is the same for the same names and contents, wherever they come from', () => {
      put('a/x.json', '1');
      put('b/x.json', '1');
      const places = [
        placeOf(FileSet.fromDirectory(join(folder, 'a'))),
        placeOf(FileSet.fromFile(join(folder, 'b', 'x.json'))),
        placeOf(FileSet.fromJson('x.json', 1)),
      ];
      expect(new Set(places).size).toBe(1);
    });

    test('changes with a content, a name, or the line between them', () => {
      const places = [FileSet.fromJson('a.json', 1), FileSet.fromJson('a.json', 2), FileSet.fromJson('b.json', 1)].map(
        placeOf,
      );
      expect(new Set(places).size).toBe(3);
      put('one/a', 'b');
      put('one/c', 'd');
      put('two/a', 'bc');
      put('two/d', '');
      const [one, two] = ['one', 'two'].map(name => placeOf(FileSet.fromDirectory(join(folder, name))));
      expect(one).not.toBe(two);
    });

    test('is one in a stack, however often it is bound, and one in each stack', () => {
      const app = new App();
      const first = new Stack(app, 'First', { env });
      const second = new Stack(app, 'Second', { env });
      const files = FileSet.fromJson('a.json', 1);
      expect(files.bind(first)).toBe(FileSet.fromJson('a.json', 1).bind(first));
      files.bind(second);
      expect([keysIn(first).length, keysIn(second).length]).toEqual([1, 1]);
    });
  });

  test('works in a stage, and where the synthesizer puts the region in front', () => {
    const stage = new Stage(new App(), 'Production');
    const synthesizer = new DefaultStackSynthesizer({ bucketPrefix: '${AWS::Region}/' });
    const stack = new Stack(stage, 'Loans', { synthesizer });
    put('a.py');
    put('b.py');
    const { s3Uri } = FileSet.fromDirectory(folder).bind(stack);
    expect(JSON.stringify(stack.resolve(s3Uri))).toMatch(
      /"Fn::Split":\["[0-9a-f]{32}",\{"Fn::Sub":"\$\{AWS::Region\}\/[0-9a-f]{32}\/a\.py"/,
    );
    expect(JSON.stringify(stack.resolve(s3Uri))).toMatch(/[0-9a-f]{32}\/"\]\]\}$/);
    const { outdir } = stage;
    App.of(stage)?.synth();
    const manifest = readFileSync(join(outdir, `${stack.artifactId}.assets.json`), 'utf8');
    expect(manifest).toMatch(/"objectKey": "\$\{AWS::Region\}\/[0-9a-f]{32}\/a\.py"/);
  });

  describe('grantRead', () => {
    const readerIn = (stack: Stack) => new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
    const ARN = `arn:\${AWS::Partition}:s3:::${BUCKET}`;

    test('allows one file, and listing of what begins with its key', () => {
      const stack = newStack();
      const reader = readerIn(stack);
      const { objectKeys, grantRead } = bound(FileSet.fromJson('a.json', 1), stack);
      grantRead(reader);
      expect(allowedTo(reader)).toEqual([
        { Action: ['s3:GetObject'], Resource: [`${ARN}/${objectKeys[0]}`] },
        {
          Action: ['s3:ListBucket'],
          Resource: [ARN],
          Condition: { StringLike: { 's3:prefix': [`${objectKeys[0]}*`] } },
        },
      ]);
    });

    test.each([undefined, env])('allows the files of a folder and no others, which cdk-nag is told: %#', where => {
      put('a.py');
      put('b.py');
      const stack = new Stack(new App(), 'Loans', { env: where });
      const reader = readerIn(stack);
      const { s3Uri, grantRead } = bound(FileSet.fromDirectory(folder), stack);
      grantRead(reader);
      const [, prefix = ''] =
        /([0-9a-f]{32}\/)$/.exec(JSON.stringify(stack.resolve(s3Uri)).replace(/[^/0-9a-f]*$/, '')) ?? [];
      const [read, list] = allowedTo(reader);
      expect(read?.Resource[0]).toMatch(new RegExp(`/${prefix}\\*$`));
      expect(list?.Condition).toEqual({ StringLike: { 's3:prefix': [`${prefix}*`] } });
      expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
    });

    const bound = (files: FileSet, stack: Stack) => {
      const location = files.bind(stack);
      return {
        ...location,
        s3Uri: location.s3Uri,
        objectKeys: location.objectKeys,
        grantRead: (to: iam.IGrantable) => location.grantRead(to),
      };
    };
  });

  describe('fails', () => {
    test('when there is no such file or folder', () => {
      expect(() => FileSet.fromFile('/no/such.py')).toThrow(
        new Error("FileSet: 'path' must name a file, got: /no/such.py"),
      );
      expect(() => FileSet.fromFile(folder)).toThrow(new Error(`FileSet: 'path' must name a file, got: ${folder}`));
      const file = put('a.py');
      expect(() => FileSet.fromDirectory(file)).toThrow(new Error(`FileSet: 'path' must name a folder, got: ${file}`));
      expect(() => FileSet.fromDirectory('/no/such')).toThrow(
        new Error("FileSet: 'path' must name a folder, got: /no/such"),
      );
    });

    test('when nothing is left of a folder', () => {
      put('.hidden');
      expect(() => FileSet.fromDirectory(folder)).toThrow(
        new Error(`FileSet: 'path' must hold at least one file, got: ${folder}`),
      );
    });

    test('when two names differ in their extension only', () => {
      ['a.py', 'a.json', 'b.py'].forEach(name => put(name));
      expect(() => FileSet.fromDirectory(folder)).toThrow(
        new Error('FileSet: file names must differ in more than their extension, got: a.json, a.py'),
      );
    });

    test.each(['', 'a/b.json', 'a\\b.json', '.json'])('when the name of a JSON file is %p', name => {
      expect(() => FileSet.fromJson(name, 1)).toThrow(
        new Error(`FileSet: 'fileName' must be a name without a folder, got: ${name}`),
      );
    });

    const text = Token.asString({ Ref: 'Bucket' });
    test.each([
      [{ a: [{ b: `s3://${text}/x` }] }],
      [{ a: Token.asNumber({ Ref: 'Count' }) }],
      [{ a: Token.asList({ Ref: 'Subnets' }) }],
      [{ [text]: 1 }],
    ])('when JSON holds a token: %#', content => {
      expect(() => FileSet.fromJson('a.json', content)).toThrow(
        /^FileSet: 'a\.json' must not contain values known only at deployment, got: /,
      );
    });

    test('when JSON holds a token, which the error shows', () => {
      expect(() => FileSet.fromJson('a.json', { a: `s3://${text}` })).toThrow(
        new Error(`FileSet: 'a.json' must not contain values known only at deployment, got: "s3://${text}"`),
      );
    });

    test('when there is nothing to write', () => {
      expect(() => FileSet.fromJson('a.json', undefined)).toThrow(
        new Error("FileSet: 'a.json' must have a content, got: undefined"),
      );
    });
  });
});
