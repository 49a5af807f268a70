// Runs as it is on the Node.js runtime of AWS Lambda, which brings the SDK; hence plain JavaScript and no bundling.
'use strict';

const { CloudFormationClient, DescribeStacksCommand } = require('@aws-sdk/client-cloudformation');

const cloudFormation = new CloudFormationClient({});

/** A stack that is being deleted, or whose creation failed. */
const END_OF_STACK = ['DELETE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'];

/** The provider framework hands the answer on to every step. */
exports.onEvent = async ({ RequestType, StackId }) => ({
  EndOfStack: RequestType === 'Delete' && (await isEndOfStack(StackId)),
});

async function isEndOfStack(StackName) {
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  return END_OF_STACK.includes(Stacks[0].StackStatus);
}
