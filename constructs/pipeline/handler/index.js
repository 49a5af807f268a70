// Runs as it is on the Node.js runtime of AWS Lambda, which brings the SDK; hence plain JavaScript and no bundling.
'use strict';

const { createHash } = require('node:crypto');
const { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');

const s3 = new S3Client({});

/** Largest definition that the API takes, in characters. */
const MAX_LENGTH = 1_048_576;

/** Writes a definition with the values of the deployment, under a key that changes with it; deletes the one it wrote before. */
exports.onEvent = async ({ RequestType, PhysicalResourceId, ResourceProperties }) => {
  const { SourceBucket, SourceKey, Bucket, Prefix, Values } = ResourceProperties;
  if (RequestType === 'Delete') {
    await s3.send(new DeleteObjectCommand({ Bucket, Key: PhysicalResourceId }));
    return {};
  }
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: SourceBucket, Key: SourceKey }));
  const definition = fill(await Body.transformToString(), Values);
  if (definition.length > MAX_LENGTH) {
    throw new Error(`the definition must have at most ${MAX_LENGTH} characters, got: ${definition.length}`);
  }
  const Key = `${Prefix}/${createHash('sha256').update(definition).digest('hex')}.json`;
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: definition, ContentType: 'application/json' }));
  // CloudFormation deletes the resource of the old key when the pipeline has taken the new one.
  return { PhysicalResourceId: Key, Data: { Key } };
};

/** Inside a text a value is escaped; a number and a list stand without the quotes around their place. */
function fill(json, values) {
  return json
    .replace(/"\\u0002(number|list):(\d+)\\u0002"/g, (_, kind, index) =>
      kind === 'number' ? String(Number(values[index])) : JSON.stringify(values[index]),
    )
    .replace(/\\u0002text:(\d+)\\u0002/g, (_, index) => JSON.stringify(String(values[index])).slice(1, -1));
}
