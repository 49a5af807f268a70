import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import * as ts from 'typescript';
import signed from '../fixtures/signed-requests.json';
import { ServiceCalls } from '../support/service-calls';
import { ROOT } from '../support/source-files';

const RUNTIME = '@aws-sdk/client-sagemaker-runtime';
const S3 = '@aws-sdk/client-s3';
const document = readFileSync(join(ROOT, 'docs', 'invoking.md'), 'utf8');
const snippets = Object.fromEntries(
  [...document.matchAll(/^## (.+)$[^]*?^```typescript\n([^]*?)^```$/gm)].map(([, title = '', code = '']) => [
    title,
    code,
  ]),
);

type Functions = Record<string, (...given: unknown[]) => unknown>;

/** What a snippet exports. */
function functionsOf(title: string): Functions {
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(snippets[title] ?? '', { compilerOptions: options });
  const exports: Functions = {};
  // Waiting takes no time here.
  const timers = { setTimeout: () => Promise.resolve() };
  const load = (name: string): unknown => (name === 'node:timers/promises' ? timers : jest.requireActual(name));
  const run = compileFunction(outputText, ['exports', 'require', 'fetch', 'Error']) as (...given: unknown[]) => void;
  run(exports, load, (...given: Parameters<typeof fetch>) => fetch(...given), Error);
  return exports;
}

function folderOf(name: string): string | undefined {
  try {
    return resolve(require.resolve(`${name}/package.json`), '../../..');
  } catch {
    return undefined;
  }
}

const text = (content: string) => ({ transformToString: () => content });

test('there is a snippet for every mode', () => {
  expect(Object.keys(snippets)).toEqual([
    'Real-time',
    'Streaming',
    'Serverless',
    'Asynchronous',
    'Multi-model, multi-container, inference component',
    'Front door',
  ]);
});

describe('the front door', () => {
  test.each(signed.signatures)(
    'is sent the signature that botocore makes, %#',
    ({ sessionToken, signature, signedHeaders }) => {
      const { accessKeyId, secretAccessKey, url, body, headers } = signed;
      const signer = {
        credentials: { accessKeyId, secretAccessKey, sessionToken },
        region: 'eu-central-1',
        now: new Date('2026-01-01T06:00:00Z'),
      };
      expect(functionsOf('Front door').sign?.(new URL(url), body, headers, signer)).toEqual({
        ...headers,
        'x-amz-date': '20260101T060000Z',
        ...(sessionToken && { 'x-amz-security-token': sessionToken }),
        authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/execute-api/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
      });
    },
  );

  test.each([
    [200, 'fulfilled'],
    [424, 'rejected'],
  ])('answers %d: %s', async (status, outcome) => {
    const fetched = jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('0.7', { status }));
    const { accessKeyId, secretAccessKey, url } = signed;
    const signer = { credentials: { accessKeyId, secretAccessKey }, region: 'eu-central-1' };
    const [result] = await Promise.allSettled([
      functionsOf('Front door').predictThroughDoor?.(new URL(url), '1,2', signer) as Promise<string>,
    ]);
    expect(result).toMatchObject(outcome === 'fulfilled' ? { value: '0.7' } : { reason: new Error('424: 0.7') });
    expect(fetched.mock.calls[0]?.[1]).toMatchObject({ method: 'POST', body: '1,2' });
    fetched.mockRestore();
  });
});

// Both are development dependencies of this document alone.
describe('with the SDK', () => {
  const ask = async (title: string, name: string, given: unknown[], answer: unknown = { Body: text('0.7') }) => {
    const calls = new ServiceCalls(() => answer);
    const result = await functionsOf(title)[name]?.(calls, 'loans', ...given);
    return { result, input: calls.all[0]?.input, name: calls.all[0]?.name };
  };

  test('every snippet compiles', () => {
    const folder = mkdtempSync(join(tmpdir(), 'invoking-'));
    try {
      Object.values(snippets).forEach((code, index) => {
        writeFileSync(join(folder, `snippet${index}.ts`), code);
      });
      symlinkSync(folderOf(RUNTIME) ?? '', join(folder, 'node_modules'));
      const options = { target: 'es2022', module: 'nodenext', strict: true, noEmit: true, skipLibCheck: true };
      const types = { types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] };
      const config = { compilerOptions: { ...options, ...types, noUnusedLocals: true }, include: ['*.ts'] };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      const tsc = join(ROOT, 'node_modules', 'typescript7', 'bin', 'tsc');
      const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
      expect(stdout).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('real-time', async () => {
    const answer = { Body: text('0.7'), InvokedProductionVariant: 'primary' };
    const { result, input } = await ask('Real-time', 'predict', ['1,2', 'primary'], answer);
    expect(result).toEqual({ predictions: '0.7', variant: 'primary' });
    expect(input).toMatchObject({
      EndpointName: 'loans',
      TargetVariant: 'primary',
      ContentType: 'text/csv',
      Body: '1,2',
    });
  });

  test('streaming, with a character in two parts', async () => {
    const bytes = Buffer.from('grün');
    const parts = [bytes.subarray(0, 3), bytes.subarray(3)].map(Bytes => ({ PayloadPart: { Bytes } }));
    const calls = new ServiceCalls(() => ({ Body: parts }));
    const received: string[] = [];
    for await (const part of functionsOf('Streaming').stream?.(calls, 'loans', {}) as AsyncIterable<string>)
      received.push(part);
    expect(received.join('')).toBe('grün');
    expect(calls.names).toEqual(['InvokeEndpointWithResponseStream']);
    const failing = new ServiceCalls(() => ({ Body: [{ ModelStreamError: new Error('broken') }] }));
    const failed = functionsOf('Streaming').stream?.(failing, 'loans', {}) as AsyncGenerator<string>;
    await expect(failed.next()).rejects.toThrow('broken');
  });

  test('serverless', async () => {
    expect(await ask('Serverless', 'predictServerless', ['1,2'])).toMatchObject({
      result: '0.7',
      name: 'InvokeEndpoint',
    });
    const { maxAttempts } = (functionsOf('Serverless').patientClient?.() as Client).config;
    expect(await maxAttempts()).toBe(6);
  });

  interface Client {
    readonly config: { readonly maxAttempts: () => Promise<number> };
  }

  test.each([{ TargetModel: 'v7.tar.gz' }, { TargetContainerHostname: 'second' }, { InferenceComponentName: 'loans' }])(
    'one of several: %j',
    async target => {
      const title = 'Multi-model, multi-container, inference component';
      expect(await ask(title, 'predictWith', [target, '1,2'])).toMatchObject({ result: '0.7', input: target });
    },
  );

  test.each([
    ['out', '0.7'],
    ['failed', new Error('0.7')],
    ['nowhere', new Error('no result in 30 seconds at s3://loans/out')],
  ])('asynchronous: the answer is at %s', async (place, expected) => {
    const { NoSuchKey } = jest.requireActual<{ NoSuchKey: new (options: object) => Error }>(S3);
    const runtime = new ServiceCalls(() => ({
      OutputLocation: 's3://loans/out',
      FailureLocation: 's3://loans/failed',
    }));
    let looks = 0;
    const s3 = new ServiceCalls(({ name, input }) => {
      if (name === 'PutObject') return {};
      looks++;
      if (looks > 2 && input.Key === place) return { Body: text('0.7') };
      throw new NoSuchKey({ message: 'no', $metadata: {} });
    });
    const upload = { bucket: 'loans', key: 'in', body: '1,2' };
    const wait = { everySeconds: 10, atMostSeconds: 30 };
    const [answer] = await Promise.allSettled([
      functionsOf('Asynchronous').predictLater?.({ s3, runtime }, 'loans', upload, wait) as Promise<string>,
    ]);
    expect(answer).toMatchObject(typeof expected === 'string' ? { value: expected } : { reason: expected });
    expect(runtime.all[0]?.input).toMatchObject({ InputLocation: 's3://loans/in', InvocationTimeoutSeconds: 30 });
    expect(s3.all[0]?.input).toMatchObject({ Bucket: 'loans', Key: 'in', Body: '1,2' });
  });
});
