import { kit, redis } from '../support/kit-drivers.js';
import { kitBehaviour } from './kit.behaviour.js';
import { kitFailureBehaviour } from './kit-failure.behaviour.js';
import { kitMailBehaviour } from './kit-mail.behaviour.js';
import { kitUniqueBehaviour } from './kit-unique.behaviour.js';

for (const driver of [kit, redis]) {
  kitBehaviour(driver);
  kitFailureBehaviour(driver);
  kitUniqueBehaviour(driver);
  kitMailBehaviour(driver);
}
