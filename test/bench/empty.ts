import { App, CfnWaitConditionHandle, Stack } from 'aws-cdk-lib/core';

const app = new App();
new CfnWaitConditionHandle(new Stack(app, 'Empty'), 'Handle');
