import { App } from 'aws-cdk-lib/core';
import { createApp } from '../lib/app';
import { settingsFromContext } from '../lib/settings';

const app = new App();
createApp(app, settingsFromContext(app.node));
