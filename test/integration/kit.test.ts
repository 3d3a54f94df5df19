import { kit, redis } from '../support/kit-drivers.js';
import { kitBehaviour } from './kit.behaviour.js';
import { kitMailBehaviour } from './kit-mail.behaviour.js';

for (const driver of [kit, redis]) {
  kitBehaviour(driver);
  kitMailBehaviour(driver);
}
