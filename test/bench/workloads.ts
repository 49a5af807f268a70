import { App } from 'aws-cdk-lib/core';
import { createApp } from '../../lib/app';
import { presets } from '../../lib/settings';

const app = new App();
for (let index = 0; index < Number(process.env.WORKLOADS); index++) {
  createApp(app, { ...presets.sandbox, prefix: `Bench${index}` });
}
