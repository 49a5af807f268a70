/** A structure in the form of the AWS SDK's schemas; members whose name ends with `*` are required. */
function structure(members: Readonly<Record<string, unknown>>): unknown {
  const entries = Object.entries(members).map(([name, schema]) => [name.replace('*', ''), schema, name.includes('*')]);
  const sorted = [...entries.filter(([, , required]) => required), ...entries.filter(([, , required]) => !required)];
  const required = entries.filter(([, , each]) => each).length;
  return [3, '', '', 0, sorted.map(([name]) => name), sorted.map(([, schema]) => schema), required];
}

const [TEXT, NUMBER, TEXTS] = [0, 1, 64];
const TAGS = [1, '', '', 0, () => structure({ 'Key*': TEXT, 'Value*': TEXT })];
const DATA_SOURCE = () => structure({ S3DataSource: () => structure({ 'S3Uri*': TEXT }) });
const VPC = () => structure({ 'SubnetIds*': TEXTS, 'SecurityGroupIds*': TEXTS });

/** Requests and answers of Amazon Bedrock, from botocore 1.43.11, in PascalCase, as pipelines spell them. */
export const BEDROCK = {
  BedrockCustomModel: {
    request: structure({
      'ModelName*': TEXT,
      'ModelSourceConfig*': DATA_SOURCE,
      ModelKmsKeyArn: TEXT,
      RoleArn: TEXT,
      ModelTags: TAGS,
      ClientRequestToken: TEXT,
    }),
    properties: [
      structure({
        ModelArn: TEXT,
        ModelName: TEXT,
        JobName: TEXT,
        JobArn: TEXT,
        BaseModelArn: TEXT,
        ModelStatus: TEXT,
      }),
    ],
  },
  BedrockCustomModelDeployment: {
    request: structure({
      'ModelDeploymentName*': TEXT,
      'ModelArn*': TEXT,
      Description: TEXT,
      Tags: TAGS,
      ClientRequestToken: TEXT,
    }),
    properties: [structure({ ModelDeploymentName: TEXT, ModelArn: TEXT, Status: TEXT, Description: TEXT })],
  },
  BedrockModelImport: {
    request: structure({
      'JobName*': TEXT,
      'ImportedModelName*': TEXT,
      'RoleArn*': TEXT,
      'ModelDataSource*': DATA_SOURCE,
      JobTags: TAGS,
      ImportedModelTags: TAGS,
      ClientRequestToken: TEXT,
      VpcConfig: VPC,
      ImportedModelKmsKeyId: TEXT,
    }),
    properties: [
      structure({ JobArn: TEXT, JobName: TEXT, ImportedModelName: TEXT, ImportedModelArn: TEXT, Status: TEXT }),
    ],
  },
  BedrockProvisionedModelThroughput: {
    request: structure({
      'ModelUnits*': NUMBER,
      'ProvisionedModelName*': TEXT,
      'ModelId*': TEXT,
      CommitmentDuration: TEXT,
      Tags: TAGS,
      ClientRequestToken: TEXT,
    }),
    properties: [
      structure({ ModelUnits: NUMBER, ProvisionedModelName: TEXT, ProvisionedModelArn: TEXT, Status: TEXT }),
    ],
  },
};
