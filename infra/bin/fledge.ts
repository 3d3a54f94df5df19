import { fledgeApp } from '../src/fledge-app.js';

fledgeApp().app.synth();
